using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>The connections to ISL: kept, counted, bounded, and ended by either side.</summary>
public sealed class UpstreamPoolTests
{
    private const string Active = """isl_gateway_upstream_connections{state="active"}""";
    private const string Idle = """isl_gateway_upstream_connections{state="idle"}""";
    private const string Utilization = "isl_gateway_upstream_pool_utilization_ratio";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    public async Task IdleConnection_EndedUnderARequest_IsReplacedUnseen(bool resets, int attempts)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(1, resets));
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"Retry:MaxAttempts={attempts}", "Circuit:MinimumFailures=2", "Cooldown:Failures=1",
            "Circuit:SamplingDuration=5m");
        for (var i = 0; i < 10; i++)
        {
            using var answer = await gateway.Client.PostAsync(Isl.Counterfactual, Body(i));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // Every other call finds the connection that the one before has left; a resend leaves none.
        Assert.Equal((10, 5), (isl.Answered, isl.CutOff));
        Assert.Equal(
            1, (await Exposition.OfAsync(gateway))["""isl_gateway_circuit_state{replica="isl-1",family="causal",state="closed"}"""]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IdleConnection_MetByARequestThatMustNotBeSentTwice_IsNotUsed(bool resets)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(1, resets));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Endpoints:CausalCounterfactual:Retry=false");
        using var first = await gateway.Client.PostAsync(Isl.Counterfactual, Body(0));
        using var second = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal((2, 0, 2), (isl.Answered, isl.CutOff, isl.Connections));
    }

    [Fact]
    public async Task IdleConnection_OlderThanIdleTimeout_IsClosedByTheGateway()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:IdleTimeout=1s");
        using var first = await gateway.Client.PostAsync(Isl.Counterfactual, Body(0));
        await IsAsync(gateway, 0, 0);
        using var second = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1));
        Assert.Equal(2, isl.Connections);
    }

    [Fact]
    public async Task Connections_OfEachGateway_AreCountedByItself()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=4", "Isl:MaxConnections=8");
        await using var other = await GatewayUnderTest.StartAsync(rig.Host.BaseAddress);
        using var warm = await rig.PostAsync(Isl.Counterfactual, Body(0));
        await IsAsync(rig.Gateway, active: 0, idle: 1);

        rig.Sim.Hang(Isl.Counterfactual);
        var asked = Enumerable.Range(1, 3).Select(i => rig.PostAsync(Isl.Counterfactual, Body(i))).ToList();
        await IsAsync(rig.Gateway, active: 3, idle: 0);
        Assert.Equal(0.75, (await Exposition.OfAsync(rig.Gateway))[Utilization]);
        await IsAsync(other, active: 0, idle: 0);

        rig.Sim.ReleaseHang();
        foreach (var task in asked) (await task).Dispose();
        await IsAsync(rig.Gateway, active: 0, idle: 3);
    }

    [Fact]
    public async Task Connections_AHundredClientsOfManyKeys_StayWithinThePoolAndAreReused()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, "Isl:MaxConnections=10", "Limits:MaxConcurrentUpstream=100", "Isl:IdleTimeout=1m");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async client =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var answer = await gateway.Client.PostAsync(Isl.Counterfactual, Body((100 * i) + client));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }));
        Assert.Equal(500, isl.Answered);
        Assert.InRange(isl.Connections, 1, 10);
    }

    private static Task IsAsync(GatewayUnderTest gateway, int active, int idle) => Eventually.TrueAsync(
        async () => await Exposition.OfAsync(gateway) is var metrics && metrics[Active] == active && metrics[Idle] == idle,
        Soon, $"{active} connections are active and {idle} idle");

    private static string Body(int n) => Isl.CounterfactualBody.Replace("60", $"{1_000 + n}", StringComparison.Ordinal);
}
