namespace IslGateway.UnitTests.Settings;

public sealed class RolloverRuleTests
{
    [Fact]
    public void Enabled_WithoutKeptRequests_NamesBoth()
    {
        var error = Assert.Single(Given.Errors(("Rollover:Enabled", "true")));

        Assert.Equal("Rollover:Enabled", error.Key);
        Assert.Contains("Cache:KeepRequests", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Enabled_WithKeptRequests_IsTaken()
    {
        var settings = Given.Loaded(("Rollover:Enabled", "true"), ("Cache:KeepRequests", "64MiB"));

        Assert.True(settings.Rollover.Enabled);
        Assert.Equal(64L << 20, settings.Cache.KeepRequests);
        Assert.Equal((1_000, TimeSpan.FromMinutes(30)), (settings.Rollover.MaxRequests, settings.Rollover.MaxDuration));
    }

    [Theory]
    [InlineData("Rollover:MaxRequests", "0")]
    [InlineData("Rollover:MaxDuration", "2d")]
    [InlineData("Cache:KeepRequests", "65GiB")]
    public void Value_OutOfItsRange_IsNamed(string key, string value) =>
        Assert.Equal(key, Assert.Single(Given.Errors((key, value))).Key);
}
