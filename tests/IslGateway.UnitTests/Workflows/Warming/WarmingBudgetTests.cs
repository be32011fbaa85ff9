using CsCheck;
using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Warming;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Warming;

public sealed class WarmingBudgetTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    [Fact]
    public void TryTakeCall_WhateverIsAskedWhen_IsNeverMoreThanAllowedWithin60Seconds() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 30_000].Array[0, 200]).Sample((limit, pauses) =>
        {
            var time = new FakeTimeProvider();
            using var settings = new LiveSettings(("Warming:CallsPerMinute", $"{limit}"));
            var budget = new WarmingBudget(settings.Monitor, time);
            var taken = new List<long>();
            foreach (var pause in pauses)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause / 10));
                if (budget.TryTakeCall()) taken.Add(time.GetTimestamp());
            }

            return taken.TrueForAll(at => taken.Count(other => other >= at && time.GetElapsedTime(at, other) < Window) <= limit);
        });

    [Fact]
    public void TryTakeCall_AMinuteLater_IsAllowedAgain()
    {
        var time = new FakeTimeProvider();
        using var settings = new LiveSettings(("Warming:CallsPerMinute", "2"));
        var budget = new WarmingBudget(settings.Monitor, time);
        Assert.True(budget.TryTakeCall());
        Assert.True(budget.TryTakeCall());
        Assert.False(budget.TryTakeCall());

        time.Advance(Window - TimeSpan.FromTicks(1));
        Assert.False(budget.TryTakeCall());
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(budget.TryTakeCall());

        settings.Reload("Warming:CallsPerMinute", "1");
        Assert.False(budget.TryTakeCall());
    }
}
