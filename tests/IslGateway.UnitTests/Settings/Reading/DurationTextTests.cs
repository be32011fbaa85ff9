using System.Globalization;
using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Settings.Reading;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", "00:00:00.25")]
    [InlineData("300s", "00:05:00")]
    [InlineData("1.5s", "00:00:01.5")]
    [InlineData("0s", "00:00:00")]
    [InlineData("5m", "00:05:00")]
    [InlineData("1h", "01:00:00")]
    [InlineData("1d", "1.00:00:00")]
    [InlineData("00:05:00", "00:05:00")]
    [InlineData("23:59:59.9999999", "23:59:59.9999999")]
    [InlineData("2.03:04:05", "2.03:04:05")]
    [InlineData("00:00:00.25", "00:00:00.25")]
    public void Parse_AcceptedForm_IsThatLong(string text, string expected)
    {
        Assert.True(DurationText.TryParse(text, out var duration, out var rule), rule);
        Assert.Equal(TimeSpan.Parse(expected, CultureInfo.InvariantCulture), duration);
    }

    [Theory]
    [InlineData("300", "300 means 300 days to .NET")]
    [InlineData("300", "write 300s")]
    [InlineData("0", "write 0s")]
    [InlineData("1.5", "write 1.5s")]
    [InlineData("-5s", "must be a duration")]
    [InlineData("5 m", "must be a duration")]
    [InlineData("5min", "must be a duration")]
    [InlineData("5M", "must be a duration")]
    [InlineData("1w", "must be a duration")]
    [InlineData("05:00", "must be a duration")]
    [InlineData("24:00:00", "must be a duration")]
    [InlineData("00:60:00", "must be a duration")]
    [InlineData("0:5:0", "must be a duration")]
    [InlineData("1e3s", "must be a duration")]
    [InlineData("5s\n", "must be a duration")]
    [InlineData("soon", "must be a duration")]
    [InlineData("99999999999999999d", "too long")]
    [InlineData("99999999999999999999999999999999999999d", "too long")]
    public void Parse_RefusedForm_SaysWhy(string text, string because)
    {
        Assert.False(DurationText.TryParse(text, out _, out var rule));
        Assert.Contains(because, rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("250ms")]
    [InlineData("90s")]
    [InlineData("5m")]
    [InlineData("1d")]
    [InlineData("00:00:00.0000001")]
    public void Format_AnyDuration_IsItsShortestNotation(string text) => Assert.Equal(text, DurationText.Format(DurationText.Parse(text)));
}
