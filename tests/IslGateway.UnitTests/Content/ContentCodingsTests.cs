using IslGateway.Content;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Content;

public sealed class ContentCodingsTests
{
    [Theory]
    [InlineData("None")]
    [InlineData("None", "")]
    [InlineData("None", " , ,")]
    [InlineData("None", "identity")]
    [InlineData("None", "IDENTITY, identity", "identity")]
    [InlineData("Gzip", "gzip")]
    [InlineData("Gzip", "GZip")]
    [InlineData("Gzip", "x-gzip")]
    [InlineData("Gzip", "X-GZIP")]
    [InlineData("Gzip", "\t gzip ,")]
    [InlineData("Gzip", "identity", "", "gzip")]
    [InlineData("Deflate", "deflate")]
    [InlineData("Deflate", ",Deflate, identity")]
    [InlineData("Brotli", "br")]
    [InlineData("Brotli", "BR")]
    public void ContentEncoding_OneKnownCoding_IsNamed(string expected, params string[] lines)
    {
        Assert.True(ContentCodings.TryParse(new StringValues(lines), out var coding));
        Assert.Equal(expected, coding.ToString());
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("*")]
    [InlineData("gzip;q=1")]
    [InlineData("\"gzip\"")]
    [InlineData("gzip\u00A0")]
    [InlineData("identity gzip")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip, br")]
    [InlineData("gzip", "x-gzip")]
    [InlineData("gzip, zstd")]
    [InlineData("identity", "zstd")]
    public void ContentEncoding_UnknownOrLayered_IsRefused(params string[] lines) =>
        Assert.False(ContentCodings.TryParse(new StringValues(lines), out _));

    [Fact]
    public void ContentEncoding_Absent_IsNone()
    {
        Assert.True(ContentCodings.TryParse(default, out var coding));
        Assert.Equal(ContentCoding.None, coding);
        Assert.True(ContentCodings.TryParse(new StringValues((string?)null), out coding));
        Assert.Equal(ContentCoding.None, coding);
    }
}
