using IslGateway.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Telemetry;

public sealed class LineBudgetTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<long> _told = [];

    [Fact]
    public void TryTake_BeyondTheLimit_IsRefusedUntilTheMinuteIsOver()
    {
        using var budget = new LineBudget(_time, _told.Add);

        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => budget.TryTake(2)));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(budget.TryTake(2));
        Assert.Empty(_told);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([3], _told);
        Assert.True(budget.TryTake(2));
    }

    [Fact]
    public void Minute_ThatLeftNothingOut_TellsNothing()
    {
        using var budget = new LineBudget(_time, _told.Add);
        Assert.True(budget.TryTake(1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(budget.TryTake(1));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(_told);
    }

    [Fact]
    public void Dispose_WithinAMinute_TellsWhatItLeftOut()
    {
        var budget = new LineBudget(_time, _told.Add);
        for (var i = 0; i < 5; i++) budget.TryTake(1);

        budget.Dispose();

        Assert.Equal([4], _told);
    }
}
