using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Settings.Reading;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1_048_576)]
    [InlineData("17B", 17)]
    [InlineData("64KiB", 65_536)]
    [InlineData("256MiB", 268_435_456)]
    [InlineData("256 MiB", 268_435_456)]
    [InlineData("256mib", 268_435_456)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("64KB", 64_000)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("1GB", 1_000_000_000)]
    public void Parse_AcceptedForm_IsThatManyBytes(string text, long expected)
    {
        Assert.True(SizeText.TryParse(text, out var bytes, out var rule), rule);
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("-1", "must be a size")]
    [InlineData("256M", "must be a size")]
    [InlineData("256MiBs", "must be a size")]
    [InlineData("MiB", "must be a size")]
    [InlineData("1e6", "must be a size")]
    [InlineData("1,5GiB", "must be a size")]
    [InlineData("1.5", "whole number of bytes")]
    [InlineData("99999999999GiB", "too large")]
    public void Parse_RefusedForm_SaysWhy(string text, string because)
    {
        Assert.False(SizeText.TryParse(text, out _, out var rule));
        Assert.Contains(because, rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256L << 20, "256MiB")]
    [InlineData(1025, "1025 bytes")]
    [InlineData(0, "0")]
    public void Format_AnySize_IsItsShortestNotation(long bytes, string expected) => Assert.Equal(expected, SizeText.Format(bytes));
}
