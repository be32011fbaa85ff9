using IslGateway.Caching.Samples;
using IslGateway.Endpoints;
using IslGateway.Workflows.Precision;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Workflows.Precision;

/// <summary>The two headers: what they may say, and what they mean.</summary>
public sealed class WantedPrecisionTests
{
    [Theory]
    [InlineData("0.90", 500)]
    [InlineData("0.9", 500)]
    [InlineData("0.95", 1000)]
    [InlineData(" 0.99 ", 2000)]
    public void Confidence_OfTheGuide_IsHalfOnceOrTwiceTheBaseline(string confidence, int expected)
    {
        Assert.Null(WantedPrecision.TryRead(new HeaderDictionary { [SampleHeaders.Confidence] = confidence }, out var wanted));
        Assert.Equal((expected, false), (wanted.CountFor(new RowSamples(JsonPointer.Parse("/n"), 1000)), wanted.AtLeast));
    }

    [Fact]
    public void Precision_AtLeast_IsTaken()
    {
        Assert.Null(WantedPrecision.TryRead(new HeaderDictionary { [SampleHeaders.Precision] = "at-least" }, out var wanted));
        Assert.Equal(new WantedPrecision(null, true), wanted);
    }

    [Theory]
    [InlineData("X-Isl-Confidence", "X-Isl-Confidence is '0.5'; it may be 0.90, 0.95 or 0.99, once.", "0.5")]
    [InlineData("X-Isl-Confidence", "X-Isl-Confidence is ''; it may be 0.90, 0.95 or 0.99, once.", "")]
    [InlineData("X-Isl-Confidence", "X-Isl-Confidence is '0.90,0.90'; it may be 0.90, 0.95 or 0.99, once.", "0.90", "0.90")]
    [InlineData("X-Isl-Confidence", "X-Isl-Confidence is '95%?'; it may be 0.90, 0.95 or 0.99, once.", "95%\u0007")]
    [InlineData("X-Isl-Precision", "X-Isl-Precision is 'exact'; it may be at-least, once.", "exact")]
    [InlineData("X-Isl-Precision", "X-Isl-Precision is ''; it may be at-least, once.", "")]
    public void Header_OfAnotherValue_IsNamedWithWhatIsAllowed(string header, string fault, params string[] values) =>
        Assert.Equal(fault, WantedPrecision.TryRead(new HeaderDictionary { [header] = new StringValues(values) }, out _)?.Detail);
}
