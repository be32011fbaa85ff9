using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>How a fill gets its lease, waits for another's, and keeps its own.</summary>
public sealed class LeaseTurnsTests : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Renew = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider _time = new();

    // So long that only the test about it can come to its end.
    private readonly LiveSettings _settings = new(("Limits:MaxQueueTime", "1h"));
    private readonly GatewayMetrics _metrics = new();
    private readonly ScriptedLeases _leases = new();
    private readonly LeaseSignals _signals = new();
    private readonly Flight _flight = new(Digest.Of("key"u8), new(default));
    private readonly FillRequest _fill = Orders.Of(new(default));
    private readonly LeaseTurns _turns;

    public LeaseTurnsTests() => _turns = new LeaseTurns(
        _leases, _signals, new MemoryStore(_settings.Monitor, _metrics, _time),
        new ReplicaRegistry(new FixedReplicas("r1"), _settings.Monitor, _time),
        _settings.Monitor, _metrics, _time);

    [Fact]
    public async Task Take_Free_IsHeldAndRenewedUntilItEnds()
    {
        var lease = await TakenAsync();
        Assert.Equal(TimeSpan.FromMilliseconds(20), _leases.Budget);

        for (var i = 0; i < 3; i++) await RenewedAsync();
        lease.End(LeaseEnd.Released);
        lease.End(LeaseEnd.NotStored);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(LeaseEnd.Released, await _leases.EndAsync());
        Assert.Equal((0, 0), (_leases.Renewals, _leases.Ends));
    }

    [Fact]
    public async Task Take_CallerHasWaitedForRedisInVain_IsWithoutAskingIt()
    {
        var turn = await _turns.TakeAsync(_flight, _fill with { IsRedisSpent = true })
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal((default, default, 1d), (turn, _leases.Budget, _metrics.FillLeases.WithLabels("without").Value));
    }

    [Fact]
    public async Task Lease_LostToAnother_IsRenewedNoMore()
    {
        await TakenAsync();
        _leases.IsThere = false;

        await RenewedAsync();
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, _leases.Renewals);
    }

    [Fact]
    public async Task Lease_AnswerNotConfirmedInTime_IsVain()
    {
        var lease = await TakenAsync();
        lease.HandOn();
        var handedOn = _time.GetTimestamp();
        await PassAsync(Renew, () => _leases.Ends > 0);

        Assert.Equal(LeaseEnd.NotStored, await _leases.EndAsync());
        Assert.InRange(_time.GetElapsedTime(handedOn), _settings.Monitor.Current.Isl.HealthTimeout, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Take_HeldByAnother_LooksNowAndThenAndAtOnceWhenToldAndServesWhatIsThere()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
        await LookedAsync();
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));

        // No time passes: it is told.
        await EventuallyAsync(() =>
        {
            _signals.Raise(_flight.Key);
            return _leases.Looks > 0;
        });
        var found = FoundAnswers.FoundAt(_time.GetTimestamp());
        await _leases.AnswerAsync(ScriptedLeases.Seen(new LeaseLook(false, LeaseStanding.Nothing, found)));

        Assert.Same(found.Answer, (await taking).Answer);
        Assert.Equal((0, 0), (_leases.Ends, _signals.Count));
    }

    [Fact]
    public async Task Take_LeaseIsFreeButTheAnswerIsThere_GivesTheLeaseBack()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Seen(new LeaseLook(true, LeaseStanding.Held, FoundAnswers.FoundAt(_time.GetTimestamp()))));

        Assert.NotNull((await taking).Answer);
        Assert.Equal(LeaseEnd.Released, await _leases.EndAsync());
    }

    [Fact]
    public async Task Take_HolderDies_TakesOver()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
        await LookedAsync();
        await _leases.AnswerAsync(ScriptedLeases.Taken);

        Assert.NotNull((await taking).Lease);
    }

    [Theory]
    [InlineData(LeaseStanding.NotStored)]
    [InlineData(LeaseStanding.Damaged)]
    public async Task Take_WaitIsOfNoUse_FillsWithout(object standing)
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands((LeaseStanding)standing));

        Assert.Equal(default, await taking);
        Assert.Equal(0, _leases.Ends);
    }

    [Fact]
    public async Task Take_TroubleInMidWait_FillsWithoutAndLeavesNoLeaseBehind()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
        await LookedAsync();
        await _leases.AnswerAsync(ScriptedLeases.Trouble);

        // Once may be chance. What that look may have taken, nobody waits for.
        Assert.Equal(LeaseEnd.Released, await _leases.EndAsync());
        await LookedAsync();
        await _leases.AnswerAsync(ScriptedLeases.Trouble);

        Assert.Equal(default, await taking);
        Assert.Equal(LeaseEnd.Released, await _leases.EndAsync());
        Assert.Equal(0, _signals.Count);
    }

    [Fact]
    public async Task Take_HeldForEver_FillsWithoutPastIslsTimeAndTheQueues()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
        var begun = _time.GetTimestamp();
        var patience = _fill.Row.UpstreamTimeout + _settings.Monitor.Current.Limits.MaxQueueTime;
        while (!taking.IsCompleted)
        {
            await PassAsync(TimeSpan.FromSeconds(10), () => taking.IsCompleted || _leases.Looks > 0);
            if (_leases.Looks > 0) await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
            if (_time.GetElapsedTime(begun) > patience * 2) Assert.Fail("It waits on.");
            if (_time.GetElapsedTime(begun) < patience - TimeSpan.FromMinutes(6)) _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.InRange(_time.GetElapsedTime(begun), patience, patience * 2);
        Assert.Equal(default, await taking);
    }

    [Fact]
    public async Task Take_NobodyWaitsAnyMore_EndsAtOnce()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Stands(LeaseStanding.Held));
        _flight.Leave(isLeader: true);

        Assert.Equal(default, await taking);
        Assert.Equal(LeaseEnd.Released, await _leases.EndAsync());
        Assert.Equal(0, _signals.Count);
    }

    [Theory]
    [InlineData("alone")]
    [InlineData("switched off")]
    [InlineData("no-cache")]
    public async Task Take_NotForThisFill_AsksNothing(string why)
    {
        if (why == "alone") _leases.AreShared = false;
        if (why == "switched off") _settings.Reload("Lease:Enabled", "false");

        Assert.Equal(default, await _turns.TakeAsync(_flight, _fill with { AcceptsStored = why != "no-cache" }));

        Assert.Equal(0, _leases.Looks);
    }

    public void Dispose() => _settings.Dispose();

    private async Task<FillLease> TakenAsync()
    {
        var taking = _turns.TakeAsync(_flight, _fill);
        await _leases.AnswerAsync(ScriptedLeases.Taken);
        return (await taking).Lease!;
    }

    /// <summary>Lets time pass until the next look, which has to begin waiting first.</summary>
    private Task LookedAsync() => PassAsync(Look, () => _leases.Looks > 0);

    private async Task RenewedAsync()
    {
        await PassAsync(Renew, () => _leases.Renewals > 0);
        await _leases.RenewedAsync();
    }

    /// <summary>The wait is begun on another thread: time that passed before it began does not count for it.</summary>
    private Task PassAsync(TimeSpan step, Func<bool> isDone) => EventuallyAsync(() =>
    {
        if (isDone()) return true;
        _time.Advance(step);
        step = TimeSpan.FromMilliseconds(10);
        return false;
    });

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromMinutes(1)) Assert.Fail("It did not come true.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
