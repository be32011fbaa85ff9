using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream;
using IslGateway.Upstream.Forwarding;
using IslGateway.Upstream.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class ReplicaChoiceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly Circuits _circuits;

    public ReplicaChoiceTests() => _circuits = new Circuits(_settings.Monitor, new GatewayMetrics(), _time, NullLogger<Circuits>.Instance);

    public void Dispose() => _settings.Dispose();

    [Fact]
    public async Task InvokeAsync_ReplicaOfTheProbeHasGone_AnotherIsChosenAndTheProbeEnds()
    {
        var attempt = Attempt();
        attempt.Probe = await ProbeAsync("r1");
        Assert.Equal(["r2"], await ChosenAsync(attempt, "r2"));
        Assert.Null(attempt.RefusedFor);

        var circuit = _circuits.Of("r1", "causal");
        await _circuits.TakeAsync("r2", "causal", Digest.Random(), CallVerdict.Healthy, attempt.Probe);
        Assert.True(attempt.Probe.EndAsync(CallVerdict.Healthy).IsCompleted);
        Assert.Equal("closed", circuit.Report().State);
    }

    [Fact]
    public async Task InvokeAsync_ReplicaOfTheProbeHasGoneAndNoOtherMayBeAsked_IsRefused()
    {
        var attempt = Attempt();
        attempt.Probe = await ProbeAsync("r1");
        await OpenAsync("r2");
        Assert.Empty(await ChosenAsync(attempt, "r2"));
        Assert.NotNull(attempt.RefusedFor);
    }

    [Fact]
    public async Task InvokeAsync_SentBefore_AnotherReplicaIsPreferred()
    {
        var tried = new List<string>();
        var attempt = Attempt(tried);
        Assert.Equal(["r1", "r2"], await ChosenAsync(attempt, "r1", "r2"));
        tried.Add("r1");
        Assert.Equal(["r2"], await ChosenAsync(attempt, "r1", "r2"));
    }

    private static UpstreamAttempt Attempt(List<string>? tried = null) =>
        new(
            new UpstreamCall("POST", "/api/v1/causal/validate", new HeaderDictionary(), default) { MaxAnswerSize = 1 }, "causal",
            tried ?? []);

    private async Task<CircuitProbe> ProbeAsync(string replica)
    {
        await OpenAsync(replica);
        _time.Advance(TimeSpan.FromSeconds(3));
        return Assert.IsType<CircuitProbe>(_circuits.Of(replica, "causal").TryProbe());
    }

    private async Task OpenAsync(string replica)
    {
        _circuits.Of(replica, "causal");
        for (var i = 0; i < 20; i++) await _circuits.TakeAsync(replica, "causal", Digest.Random(), CallVerdict.Failing, probe: null);
    }

    private async Task<IEnumerable<string>> ChosenAsync(UpstreamAttempt attempt, params string[] replicas)
    {
        var states = replicas.Select(
            id => new DestinationState(id, new DestinationModel(new DestinationConfig { Address = $"http://{id}/" }))).ToList();
        var cluster = new ClusterModel(new ClusterConfig { ClusterId = "isl" }, new HttpMessageInvoker(new SocketsHttpHandler()));
        var feature = new ReverseProxyFeature
        {
            Route = null!,
            Cluster = cluster,
            AllDestinations = states,
            AvailableDestinations = states,
        };
        var context = new DefaultHttpContext();
        context.Features.Set<IReverseProxyFeature>(feature);
        context.Features.Set(attempt);
        var wentOn = false;
        RequestDelegate next = _ =>
        {
            wentOn = true;
            return Task.CompletedTask;
        };
        await new ReplicaChoice(next, _circuits, _settings.Table).InvokeAsync(context);
        Assert.Equal(feature.AvailableDestinations.Count > 0, wentOn);
        return feature.AvailableDestinations.Select(replica => replica.DestinationId);
    }
}
