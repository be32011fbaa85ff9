using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Sentinel;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Sentinel;

public sealed class SentinelBudgetTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Sentinel:MaxCallsPerMinute", "3"), ("Sentinel:Share", "0.25"));

    [Fact]
    public void TryTakeCall_Within60Seconds_IsNeverMoreThanAllowed()
    {
        var budget = Budget();
        Assert.True(budget.TryTakeCall());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(budget.TryTakeCall());
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.TryTakeCall());

        // One minute after the first, one more; the next one minute after the second and third.
        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.False(budget.TryTakeCall());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.TryTakeCall());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(budget.TryTakeCall());
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.TryTakeCall());
    }

    [Fact]
    public void TryTakeCall_SettingsReloaded_FollowsThem()
    {
        var budget = Budget();
        for (var i = 0; i < 3; i++) Assert.True(budget.TryTakeCall());

        _settings.Reload("Sentinel:MaxCallsPerMinute", "4");
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.TryTakeCall());

        _settings.Reload("Sentinel:MaxCallsPerMinute", "2");
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(budget.TryTakeCall());
    }

    [Theory]
    [InlineData(0.0, "0.25", true)]
    [InlineData(0.2499, "0.25", true)]
    [InlineData(0.25, "0.25", false)]
    [InlineData(0.99, "0.25", false)]
    [InlineData(0.0, "0", false)]
    [InlineData(0.9999, "1", true)]
    public void Draws_ALot_FallsOnTheShare(double lot, string share, bool draws)
    {
        _settings.Reload("Sentinel:Share", share);
        Assert.Equal(draws, Budget(new Loaded(lot)).Draws(isOtherSpelling: false));
    }

    [Theory]
    [InlineData("0.25", true)]
    [InlineData("0.0001", true)]
    [InlineData("0", false)]
    public void Draws_AnotherSpelling_NeedsNoLuck(string share, bool draws)
    {
        _settings.Reload("Sentinel:Share", share);
        Assert.Equal(draws, Budget(new Loaded(0.9999)).Draws(isOtherSpelling: true));
    }

    [Fact]
    public void Draws_NoCallLeft_FallsOnNobody()
    {
        var budget = Budget();
        for (var i = 0; i < 3; i++) Assert.True(budget.TryTakeCall());
        Assert.False(budget.Draws(isOtherSpelling: false));
        Assert.False(budget.Draws(isOtherSpelling: true));
    }

    [Fact]
    public void Draws_AnotherSpellingPassedOver_ComesBeforeTheRestForAMinute()
    {
        var budget = Budget();
        budget.Settle(wasChecked: false);
        Assert.False(budget.Draws(isOtherSpelling: false));
        Assert.True(budget.Draws(isOtherSpelling: true));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(budget.Draws(isOtherSpelling: false));

        budget.Settle(wasChecked: false);
        budget.Settle(wasChecked: true);
        Assert.True(budget.Draws(isOtherSpelling: false));
    }

    [Fact]
    public void Draws_AnotherSpellingWhenNoCallWasLeft_HasTheNextCall()
    {
        var budget = Budget();
        Assert.True(budget.TryTakeCall());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(budget.TryTakeCall());
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.Draws(isOtherSpelling: true));

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(budget.Draws(isOtherSpelling: false));
        Assert.True(budget.Draws(isOtherSpelling: true));
    }

    public void Dispose() => _settings.Dispose();

    private SentinelBudget Budget(Random? random = null) => new(_settings.Monitor, random ?? new Loaded(0), _time);

    private sealed class Loaded(double lot) : Random
    {
        public override double NextDouble() => lot;
    }
}
