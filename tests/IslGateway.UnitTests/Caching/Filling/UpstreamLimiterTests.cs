using System.Text;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class UpstreamLimiterTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly LiveSettings _settings = new(
        ("Limits:MaxConcurrentUpstream", "2"), ("Limits:MaxQueue", "2"), ("Limits:MaxQueueTime", "30s"));
    private readonly ScriptedUpstream _isl = new();
    private readonly ProofCache _proofs;
    private readonly UpstreamLimiter _limiter;

    public UpstreamLimiterTests()
    {
        _proofs = new ProofCache(_settings.Tokens(_time), _settings.Monitor, _time);
        _limiter = GateOf(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesAreTaken_WaitsInLineOldestFirst()
    {
        var one = await Enter(_limiter);
        var two = await Enter(_limiter);
        var third = Enter(_limiter).AsTask();
        var fourth = Enter(_limiter).AsTask();
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
        await Enter(_limiter);
        await Enter(_limiter);
        var waiting = new[] { Enter(_limiter).AsTask(), Enter(_limiter).AsTask() };

        Assert.Null(await Enter(_limiter));

        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
        Assert.Equal(2, _metrics.QueueLength.Value);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_MaxQueueTimePassed_GivesUpAndFreesTheLine()
    {
        await Enter(_limiter);
        using var two = await Enter(_limiter);
        var waiting = Enter(_limiter).AsTask();

        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(await waiting.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _metrics.QueueLength.Value);
        two!.Dispose();
        using var next = await Enter(_limiter);
        Assert.NotNull(next);
    }

    [Fact(Timeout = 60_000)]
    public async Task TryEnter_NoPlaceIsFree_IsRefusedAndNobodyIsOvertaken()
    {
        var one = _limiter.TryEnter();
        Assert.NotNull(one);
        using var two = await Enter(_limiter);
        Assert.Null(_limiter.TryEnter());
        Assert.Equal(0, _metrics.QueueLength.Value);

        var waiting = Enter(_limiter).AsTask();
        one.Dispose();
        Assert.Null(_limiter.TryEnter());
        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact]
    public async Task EnterAsync_TwoReplicas_HaveTwiceThePlaces()
    {
        using var limiter = GateOf(2);
        for (var place = 0; place < 4; place++) Assert.NotNull(await Enter(limiter));
        Assert.False(Enter(limiter).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData("Limits:MaxConcurrentUpstream", "3")]
    [InlineData("Limits:MaxQueue", "3")]
    public async Task EnterAsync_LimitRaised_HoldsForTheNext(string setting, string value)
    {
        for (var taken = 0; taken < 4; taken++) _ = Enter(_limiter).AsTask();
        var refused = Enter(_limiter).AsTask();
        Assert.Null(await refused);

        _settings.Reload(setting, value);

        var next = Enter(_limiter).AsTask();
        Assert.False(next.IsCompleted && await next is null);
    }

    [Fact]
    public async Task TryEnter_FewerPlacesByAReload_AreFewer()
    {
        _limiter.TryEnter()?.Dispose();
        _settings.Reload("Limits:MaxConcurrentUpstream", "1");
        using var one = await Enter(_limiter);
        Assert.NotNull(one);
        Assert.Null(_limiter.TryEnter());

        _settings.Reload("Limits:MaxQueueTime", "1s");
        Assert.Null(_limiter.TryEnter());
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesRaisedByAReload_AreGivenToThoseWhoWait()
    {
        for (var taken = 0; taken < 2; taken++) await Enter(_limiter);
        var waiting = Enter(_limiter).AsTask();

        _settings.Reload("Limits:MaxConcurrentUpstream", "3");

        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesLoweredByAReload_AreGivenToNobodyUntilFewEnoughAreHeld()
    {
        var one = await Enter(_limiter);
        using var two = await Enter(_limiter);
        _settings.Reload("Limits:MaxConcurrentUpstream", "1");
        var waiting = Enter(_limiter).AsTask();

        one!.Dispose();
        Assert.Null(_limiter.TryEnter());
        Assert.False(waiting.IsCompleted);
        two!.Dispose();

        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact]
    public async Task EnterAsync_PlaceDisposedTwice_IsGivenBackOnce()
    {
        var one = await Enter(_limiter);
        using var two = await Enter(_limiter);
        one!.Dispose();
        one.Dispose();

        using var three = _limiter.TryEnter();
        Assert.NotNull(three);
        Assert.Null(_limiter.TryEnter());
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_NobodyWantsIt_FreesTheLineAtOnce()
    {
        for (var taken = 0; taken < 2; taken++) await Enter(_limiter);
        using var unwanted = new CancellationTokenSource();
        var credential = new Credential(Digest.Of("bob"u8));
        var waiting = _limiter.EnterAsync(credential, Timeout.InfiniteTimeSpan, unwanted.Token).AsTask();

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
        for (var taken = 0; taken < 2; taken++) await Enter(_limiter);
        var waiting = Enumerable.Range(0, 20).Select(_ => Enter(_limiter).AsTask()).ToList();

        // Twenty before it, two at a time, two seconds each: 20 s.
        Assert.Null(await Enter(_limiter, patience: TimeSpan.FromSeconds(13)));
        Assert.Equal(TimeSpan.FromSeconds(20), _limiter.RetryAfter);
        Assert.False(Enter(_limiter, patience: TimeSpan.FromSeconds(15)).AsTask().IsCompleted, "It may be wrong by half.");
        Assert.False(Enter(_limiter, "bob", TimeSpan.FromSeconds(1)).AsTask().IsCompleted, "Another credential's turn is next.");
        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
    }

    [Fact]
    public async Task EnterAsync_PaceNotKnownYet_IsNeverRefusedBeforehand()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        Pace(TimeSpan.FromSeconds(100), calls: 31);

        // Places that come to nothing say nothing.
        for (var i = 0; i < 100; i++) (await Enter(_limiter))!.Dispose();
        for (var taken = 0; taken < 2; taken++) await Enter(_limiter);
        for (var waiting = 0; waiting < 20; waiting++)
            Assert.False(Enter(_limiter, patience: TimeSpan.FromSeconds(1)).AsTask().IsCompleted);

        Assert.Equal(TimeSpan.Zero, _limiter.RetryAfter);
    }

    [Fact]
    public async Task EnterAsync_Always_CountsHowLongItWaited()
    {
        using var one = await Enter(_limiter);
        using var two = await Enter(_limiter);
        _ = Enter(_limiter).AsTask();
        _time.Advance(TimeSpan.FromSeconds(30));

        await Task.Run(
            () => SpinWait.SpinUntil(() => _metrics.QueueWait is { Count: 3, Sum: > 0 }, TimeSpan.FromSeconds(60)),
            TestContext.Current.CancellationToken);

        Assert.Equal((3, 30), (_metrics.QueueWait.Count, _metrics.QueueWait.Sum));
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_ReplicaLeftAloneForAWhile_BringsNoPlacesMeanwhile()
    {
        using var limiter = GateOf(2);
        var held = new List<IDisposable?>();
        for (var place = 0; place < 4; place++) held.Add(await Enter(limiter));
        var waiting = Enter(limiter).AsTask();

        _isl.Replicas = 1;
        foreach (var place in held.Take(2)) place!.Dispose();
        Assert.False(waiting.IsCompleted);
        held[2]!.Dispose();
        using var one = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(one);
        var next = Enter(limiter).AsTask();
        Assert.False(next.IsCompleted);

        _isl.Replicas = 2;
        using var two = await Enter(limiter);
        Assert.NotNull(two);
        Assert.NotNull(await next);
    }

    public void Dispose()
    {
        _limiter.Dispose();
        _settings.Dispose();
    }

    private static ValueTask<IDisposable?> Enter(UpstreamLimiter limiter, string credential = "ann", TimeSpan? patience = null) =>
        limiter.EnterAsync(
            new Credential(Digest.Of(Encoding.UTF8.GetBytes(credential))), patience ?? Timeout.InfiniteTimeSpan, CancellationToken.None);

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_CredentialsThatAreNotKnown_ShareOneTurn()
    {
        _settings.Reload("Limits:MaxQueue", "1000");
        Prove("ann");
        var held = new[] { await Enter(_limiter), await Enter(_limiter) };
        var strangers = Enumerable.Range(0, 20).Select(n => Enter(_limiter, $"stranger-{n}").AsTask()).ToList();
        var anns = Enumerable.Range(0, 2).Select(_ => Enter(_limiter).AsTask()).ToList();

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
        var held = new[] { await Enter(_limiter), await Enter(_limiter) };
        var strangers = Enumerable.Range(0, 20).Select(n => Enter(_limiter, $"stranger-{n}").AsTask()).ToList();
        var bobs = Enter(_limiter, "bob").AsTask();

        Prove("bob");
        foreach (var place in held) place!.Dispose();

        Assert.NotNull(await bobs.WaitAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(await strangers[0].WaitAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain(strangers.Skip(1), stranger => stranger.IsCompleted);
    }

    private void Prove(params string[] credentials)
    {
        foreach (var credential in credentials)
            _proofs.Prove(new Credential(Digest.Of(Encoding.UTF8.GetBytes(credential))), _time.GetTimestamp());
    }

    /// <summary>Lets the gate see how long calls take.</summary>
    private void Pace(TimeSpan took, int calls = 32)
    {
        for (var i = 0; i < calls; i++) _limiter.Served(took);
    }

    private UpstreamLimiter GateOf(int replicas)
    {
        _isl.Replicas = replicas;
        return new UpstreamLimiter(_isl, _proofs, _settings.Monitor, _metrics, _time);
    }
}
