using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FillGateTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly LiveSettings _settings = new(
        ("Limits:MaxConcurrentUpstream", "2"), ("Limits:MaxQueue", "2"), ("Limits:MaxQueueTime", "30s"));
    private readonly FillGate _gate;

    public FillGateTests() => _gate = GateOf("r1");

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_PlacesAreTaken_WaitsInLineOldestFirst()
    {
        var one = await _gate.EnterAsync(CancellationToken.None);
        var two = await _gate.EnterAsync(CancellationToken.None);
        var third = _gate.EnterAsync(CancellationToken.None).AsTask();
        var fourth = _gate.EnterAsync(CancellationToken.None).AsTask();
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
        await _gate.EnterAsync(CancellationToken.None);
        await _gate.EnterAsync(CancellationToken.None);
        var waiting = new[] { _gate.EnterAsync(CancellationToken.None).AsTask(), _gate.EnterAsync(CancellationToken.None).AsTask() };

        Assert.Null(await _gate.EnterAsync(CancellationToken.None));

        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
        Assert.Equal(2, _metrics.QueueLength.Value);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_MaxQueueTimePassed_GivesUpAndFreesTheLine()
    {
        await _gate.EnterAsync(CancellationToken.None);
        using var two = await _gate.EnterAsync(CancellationToken.None);
        var waiting = _gate.EnterAsync(CancellationToken.None).AsTask();

        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(await waiting.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _metrics.QueueLength.Value);
        two!.Dispose();
        using var next = await _gate.EnterAsync(CancellationToken.None);
        Assert.NotNull(next);
    }

    [Fact(Timeout = 60_000)]
    public async Task TryEnter_NoPlaceIsFree_IsRefusedAndNobodyIsOvertaken()
    {
        var one = _gate.TryEnter();
        Assert.NotNull(one);
        using var two = await _gate.EnterAsync(CancellationToken.None);
        Assert.Null(_gate.TryEnter());
        Assert.Equal(0, _metrics.QueueLength.Value);

        var waiting = _gate.EnterAsync(CancellationToken.None).AsTask();
        one.Dispose();
        Assert.Null(_gate.TryEnter());
        using var place = await waiting.WaitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(place);
    }

    [Fact]
    public async Task EnterAsync_TwoReplicas_HaveTwiceThePlaces()
    {
        using var gate = GateOf("r1", "r2");
        for (var place = 0; place < 4; place++) Assert.NotNull(await gate.EnterAsync(CancellationToken.None));
        Assert.False(gate.EnterAsync(CancellationToken.None).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData("Limits:MaxConcurrentUpstream", "3")]
    [InlineData("Limits:MaxQueue", "3")]
    public async Task EnterAsync_LimitRaised_HoldsForTheNext(string setting, string value)
    {
        for (var taken = 0; taken < 4; taken++) _ = _gate.EnterAsync(CancellationToken.None).AsTask();
        var refused = _gate.EnterAsync(CancellationToken.None).AsTask();
        Assert.Null(await refused);

        _settings.Reload(setting, value);

        var next = _gate.EnterAsync(CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted && await next is null);
    }

    [Fact]
    public async Task TryEnter_FewerPlacesByAReload_AreFewer()
    {
        _gate.TryEnter()?.Dispose();
        _settings.Reload("Limits:MaxConcurrentUpstream", "1");
        using var one = await _gate.EnterAsync(CancellationToken.None);
        Assert.NotNull(one);
        Assert.Null(_gate.TryEnter());

        _settings.Reload("Limits:MaxQueueTime", "1s");
        Assert.Null(_gate.TryEnter());
    }

    [Fact]
    public async Task EnterAsync_NoReplicaYet_StillHasPlaces()
    {
        using var gate = GateOf();
        Assert.NotNull(await gate.EnterAsync(CancellationToken.None));
    }

    public void Dispose()
    {
        _gate.Dispose();
        _settings.Dispose();
    }

    private FillGate GateOf(params string[] replicas) =>
        new(new ReplicaBook(new FixedReplicas(replicas), _settings.Monitor, _time), _settings.Monitor, _metrics, _time);
}
