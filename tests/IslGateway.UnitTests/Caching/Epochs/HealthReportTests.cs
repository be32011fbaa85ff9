using System.Text;
using IslGateway.Caching.Epochs;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class HealthReportTests
{
    private static readonly string Long = new('x', 200);

    [Theory]
    [InlineData(
"""{"status":"healthy","version":"1.0.0","build":"abc1234","config_fingerprint":"6df8b69abbe5"}""", "6df8b69abbe5", "1.0.0",
"abc1234")]
    [InlineData("""{"config_fingerprint":"f"}""", "f", null, null)]
    [InlineData("""{"version":"v","build":null,"config_fingerprint":null}""", null, "v", null)]
    [InlineData("""{"build":"b"}""", null, null, "b")]
    [InlineData("""{"build":"","version":"v"}""", null, "v", "")]
    [InlineData("""{"build":"\u0062"}""", null, null, "b")]
    [InlineData("""{"build":"a","build":"b"}""", null, null, "b")]
    [InlineData(""" {"build":"b","nested":{"build":"c"},"list":[1]} """, null, null, "b")]
    public void Read_HealthBody_NamesItsParts(string body, string? fingerprint, string? version, string? build) =>
        Assert.Equal(new Epoch(fingerprint, version, build), Read(body));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"healthy\"")]
    [InlineData("{")]
    [InlineData("""{"build":"b"} {}""")]
    [InlineData("""{"build":"b",}""")]
    [InlineData("""{"build":5,"version":"v"}""")]
    [InlineData("""{"version":["v"],"build":"b"}""")]
    [InlineData("""{"config_fingerprint":true,"build":"b"}""")]
    [InlineData("""{"config_fingerprint":{},"build":"b"}""")]
    [InlineData("""{"build":"\ud800"}""")]
    [InlineData("\uFEFF{\"build\":\"b\"}")]
    [InlineData("<html>healthy</html>")]
    public void Read_OddBody_IsNone(string body) => Assert.Null(Read(body));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"status":"starting"}""")]
    [InlineData("""{"detail":"Not Found"}""")]
    [InlineData("""{"config_fingerprint":null,"version":null,"build":null}""")]
    [InlineData("""{"config_fingerprint":"","version":"","build":""}""")]
    public void Read_BodyThatNamesNothing_IsNone(string body) => Assert.Null(Read(body));

    [Fact]
    public void Read_LongPart_IsNone()
    {
        Assert.Equal(Long, Read($$"""{"build":"{{Long}}"}""")?.Build);
        Assert.Null(Read($$"""{"build":"{{Long}}x"}"""));
    }

    [Fact]
    public void Read_InvalidUtf8_IsNone() =>
        Assert.Null(HealthReport.Read(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }));

    private static Epoch? Read(string body) => HealthReport.Read(Encoding.UTF8.GetBytes(body));
}
