using System.Text;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FillGateTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly LiveSettings _settings = new(
        ("Limits:MaxConcurrentUpstream", "2"), ("Limits:MaxQueue", "2"), ("Limits:MaxQueueTime", "30s"));
    private readonly ScriptedUpstream _isl = new();
    private readonly ProofBook _proofs;
    private readonly FillGate _gate;

    public FillGateTests()
    {
        _proofs = new ProofBook(_settings.Tokens(_time), _settings.Monitor, _time);
        _gate = GateOf(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesAreTaken_WaitsInLineOldestFirst()
    {
        var one = await Enter(_gate);
        var two = await Enter(_gate);
        var third = Enter(_gate).AsTask();
        var fourth = Enter(_gate).AsTask();
        Assert.False(third.IsCompleted);
        Assert.Equal(2, _metrics.QueueLength.Value);

        one!.Dispose();
        using var place = await third.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
        Assert.False(fourth.IsCompleted);

        two!.Dispose();
        using var last = await fourth;
        Assert.NotNull(last);
        Assert.Equal(0, _metrics.QueueLength.Value);
    }

    [Fact]
    public async Task EnterAsync_QueueIsFull_IsRefusedAtOnce()
    {
        await Enter(_gate);
        await Enter(_gate);
        var waiting = new[] { Enter(_gate).AsTask(), Enter(_gate).AsTask() };

        Assert.Null(await Enter(_gate));

        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
        Assert.Equal(2, _metrics.QueueLength.Value);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_MaxQueueTimePassed_GivesUpAndFreesTheLine()
    {
        await Enter(_gate);
        using var two = await Enter(_gate);
        var waiting = Enter(_gate).AsTask();

        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(await waiting.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _metrics.QueueLength.Value);
        two!.Dispose();
        using var next = await Enter(_gate);
        Assert.NotNull(next);
    }

    [Fact(Timeout = 60_000)]
    public async Task TryEnter_NoPlaceIsFree_IsRefusedAndNobodyIsOvertaken()
    {
        var one = _gate.TryEnter();
        Assert.NotNull(one);
        using var two = await Enter(_gate);
        Assert.Null(_gate.TryEnter());
        Assert.Equal(0, _metrics.QueueLength.Value);

        var waiting = Enter(_gate).AsTask();
        one.Dispose();
        Assert.Null(_gate.TryEnter());
        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact]
    public async Task EnterAsync_TwoReplicas_HaveTwiceThePlaces()
    {
        using var gate = GateOf(2);
        for (var place = 0; place < 4; place++) Assert.NotNull(await Enter(gate));
        Assert.False(Enter(gate).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData("Limits:MaxConcurrentUpstream", "3")]
    [InlineData("Limits:MaxQueue", "3")]
    public async Task EnterAsync_LimitRaised_HoldsForTheNext(string setting, string value)
    {
        for (var taken = 0; taken < 4; taken++) _ = Enter(_gate).AsTask();
        var refused = Enter(_gate).AsTask();
        Assert.Null(await refused);

        _settings.Reload(setting, value);

        var next = Enter(_gate).AsTask();
        Assert.False(next.IsCompleted && await next is null);
    }

    [Fact]
    public async Task TryEnter_FewerPlacesByAReload_AreFewer()
    {
        _gate.TryEnter()?.Dispose();
        _settings.Reload("Limits:MaxConcurrentUpstream", "1");
        using var one = await Enter(_gate);
        Assert.NotNull(one);
        Assert.Null(_gate.TryEnter());

        _settings.Reload("Limits:MaxQueueTime", "1s");
        Assert.Null(_gate.TryEnter());
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesRaisedByAReload_AreGivenToThoseWhoWait()
    {
        for (var taken = 0; taken < 2; taken++) await Enter(_gate);
        var waiting = Enter(_gate).AsTask();

        _settings.Reload("Limits:MaxConcurrentUpstream", "3");

        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesLoweredByAReload_AreGivenToNobodyUntilFewEnoughAreHeld()
    {
        var one = await Enter(_gate);
        using var two = await Enter(_gate);
        _settings.Reload("Limits:MaxConcurrentUpstream", "1");
        var waiting = Enter(_gate).AsTask();

        one!.Dispose();
        Assert.Null(_gate.TryEnter());
        Assert.False(waiting.IsCompleted);
        two!.Dispose();

        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact]
    public async Task EnterAsync_PlaceDisposedTwice_IsGivenBackOnce()
    {
        var one = await Enter(_gate);
        using var two = await Enter(_gate);
        one!.Dispose();
        one.Dispose();

        using var three = _gate.TryEnter();
        Assert.NotNull(three);
        Assert.Null(_gate.TryEnter());
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_NobodyWantsIt_FreesTheLineAtOnce()
    {
        for (var taken = 0; taken < 2; taken++) await Enter(_gate);
        using var unwanted = new CancellationTokenSource();
        var credential = new Credential(Digest.Of("bob"u8));
        var waiting = _gate.EnterAsync(credential, Timeout.InfiniteTimeSpan, unwanted.Token).AsTask();

        await unwanted.CancelAsync();

        Assert.Null(await waiting.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _metrics.QueueLength.Value);
    }

    [Fact]
    public async Task EnterAsync_WaitLongerThanPatienceAtTheQueuesPace_IsRefusedAtOnceWithTheTimeToComeAgain()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        Prove("ann", "bob");
        Pace(TimeSpan.FromSeconds(2));
        for (var taken = 0; taken < 2; taken++) await Enter(_gate);
        var waiting = Enumerable.Range(0, 20).Select(_ => Enter(_gate).AsTask()).ToList();

        // Twenty before it, two at a time, two seconds each: 20 s.
        Assert.Null(await Enter(_gate, patience: TimeSpan.FromSeconds(13)));
        Assert.Equal(TimeSpan.FromSeconds(20), _gate.RetryAfter);
        Assert.False(Enter(_gate, patience: TimeSpan.FromSeconds(15)).AsTask().IsCompleted, "It may be wrong by half.");
        Assert.False(Enter(_gate, "bob", TimeSpan.FromSeconds(1)).AsTask().IsCompleted, "Another credential's turn is next.");
        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
    }

    [Fact]
    public async Task EnterAsync_PaceNotKnownYet_IsNeverRefusedBeforehand()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        Pace(TimeSpan.FromSeconds(100), calls: 31);

        // Places that come to nothing say nothing.
        for (var i = 0; i < 100; i++) (await Enter(_gate))!.Dispose();
        for (var taken = 0; taken < 2; taken++) await Enter(_gate);
        for (var waiting = 0; waiting < 20; waiting++) Assert.False(Enter(_gate, patience: TimeSpan.FromSeconds(1)).AsTask().IsCompleted);

        Assert.Equal(TimeSpan.Zero, _gate.RetryAfter);
    }

    [Fact]
    public async Task EnterAsync_Always_CountsHowLongItWaited()
    {
        using var one = await Enter(_gate);
        using var two = await Enter(_gate);
        _ = Enter(_gate).AsTask();
        _time.Advance(TimeSpan.FromSeconds(30));

        await Task.Run(() => SpinWait.SpinUntil(() => _metrics.QueueWait is { Count: 3, Sum: > 0 }, TimeSpan.FromSeconds(20)), TestContext.Current.CancellationToken);

        Assert.Equal((3, 30), (_metrics.QueueWait.Count, _metrics.QueueWait.Sum));
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_ReplicaLeftAloneForAWhile_BringsNoPlacesMeanwhile()
    {
        using var gate = GateOf(2);
        var held = new List<IDisposable?>();
        for (var place = 0; place < 4; place++) held.Add(await Enter(gate));
        var waiting = Enter(gate).AsTask();

        _isl.Replicas = 1;
        foreach (var place in held.Take(2)) place!.Dispose();
        Assert.False(waiting.IsCompleted);
        held[2]!.Dispose();
        using var one = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(one);
        var next = Enter(gate).AsTask();
        Assert.False(next.IsCompleted);

        _isl.Replicas = 2;
        using var two = await Enter(gate);
        Assert.NotNull(two);
        Assert.NotNull(await next);
    }

    public void Dispose()
    {
        _gate.Dispose();
        _settings.Dispose();
    }

    private static ValueTask<IDisposable?> Enter(FillGate gate, string credential = "ann", TimeSpan? patience = null) =>
        gate.EnterAsync(new Credential(Digest.Of(Encoding.UTF8.GetBytes(credential))), patience ?? Timeout.InfiniteTimeSpan, CancellationToken.None);

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_CredentialsThatAreNotKnown_ShareOneTurn()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        Prove("ann");
        var held = new[] { await Enter(_gate), await Enter(_gate) };
        var strangers = Enumerable.Range(0, 20).Select(n => Enter(_gate, $"stranger-{n}").AsTask()).ToList();
        var anns = Enumerable.Range(0, 2).Select(_ => Enter(_gate).AsTask()).ToList();

        foreach (var place in held) place!.Dispose();
        (await anns[0].WaitAsync(TestContext.Current.CancellationToken))!.Dispose();
        (await strangers[0].WaitAsync(TestContext.Current.CancellationToken))!.Dispose();
        Assert.NotNull(await anns[1].WaitAsync(TestContext.Current.CancellationToken));

        Assert.DoesNotContain(strangers.Skip(2), stranger => stranger.IsCompleted);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_StrangerIsProvenWhileItWaits_HasATurnOfItsOwn()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        var held = new[] { await Enter(_gate), await Enter(_gate) };
        var strangers = Enumerable.Range(0, 20).Select(n => Enter(_gate, $"stranger-{n}").AsTask()).ToList();
        var bobs = Enter(_gate, "bob").AsTask();

        Prove("bob");
        foreach (var place in held) place!.Dispose();

        Assert.NotNull(await bobs.WaitAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(await strangers[0].WaitAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain(strangers.Skip(1), stranger => stranger.IsCompleted);
    }

    private void Prove(params string[] credentials)
    {
        foreach (var credential in credentials) _proofs.Prove(new Credential(Digest.Of(Encoding.UTF8.GetBytes(credential))), _time.GetTimestamp());
    }

    /// <summary>Lets the gate see how long calls take.</summary>
    private void Pace(TimeSpan took, int calls = 32)
    {
        for (var i = 0; i < calls; i++) _gate.Served(took);
    }

    private FillGate GateOf(int replicas)
    {
        _isl.Replicas = replicas;
        return new FillGate(_isl, _proofs, _settings.Monitor, _metrics, _time);
    }
}
