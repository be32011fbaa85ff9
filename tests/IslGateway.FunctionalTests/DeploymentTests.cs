using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Behind one address a new deployment takes over, while connections to the old one stay open as long as anybody uses them.
/// </summary>
public sealed class DeploymentTests
{
    private const string Dominance = "/api/v1/analysis/dominance";
    private const string Idle = """isl_gateway_upstream_connections{state="idle"}""";
    private const string Active = """isl_gateway_upstream_connections{state="active"}""";
    private const string OldBuild = "sim-0001";
    private const string NewBuild = "sim-0002";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Answers that name neither build nor fingerprint: which connection a call went over is all that tells whose they are.
    /// </summary>
    [Fact]
    public async Task NewEpoch_Reported_NothingIsAskedOverAnOlderConnection()
    {
        await using var stage = await Stage.StartAsync();
        var (gateway, before, after) = (stage.Gateway, stage.Old.State, stage.New.State);
        Assert.Equal("IslGateway; fwd=miss; stored", await stage.AskAsync(1));

        stage.Switch.Target = stage.New.BaseAddress.Port;
        await gateway.KnowsBuildAsync(NewBuild);

        Assert.Equal("IslGateway; fwd=miss; stored", await stage.AskAsync(1));
        Assert.Equal("IslGateway; fwd=miss; stored", await stage.AskAsync(2));
        Assert.EndsWith("detail=memory", await stage.AskAsync(1), StringComparison.Ordinal);
        Assert.Equal((1, 2), (before.Calls(Dominance), after.Calls(Dominance)));
        await Eventually.TrueAsync(
            async () => await Exposition.OfAsync(gateway) is var metrics && metrics[Active] == 0 && metrics[Idle] == 1, Soon,
            "the old connection is gone and not counted");
    }

    [Fact]
    public async Task NewEpoch_ReportedDuringACall_ItsAnswerComesAndIsNotStored()
    {
        await using var stage = await Stage.StartAsync();
        stage.Old.State.Hang(Dominance);
        var asking = stage.AskAsync(1);
        await Eventually.TrueAsync(() => stage.Old.State.Calls(Dominance) == 1, Soon, "the old one has the call");

        stage.Switch.Target = stage.New.BaseAddress.Port;
        await stage.Gateway.KnowsBuildAsync(NewBuild);
        stage.Old.State.ReleaseHang();

        Assert.Equal("IslGateway; fwd=miss; detail=foreign-epoch", await asking);
        Assert.Equal("IslGateway; fwd=miss; stored", await stage.AskAsync(1));
        Assert.Equal((1, 1), (stage.Old.State.Calls(Dominance), stage.New.State.Calls(Dominance)));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2")]
    public async Task Connection_InConstantUse_IsGivenUpAfterItsLifetime(string version)
    {
        await using var before = await EchoUpstream.StartAsync(
            listener => listener.Protocols = version == "2" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var after = await EchoUpstream.StartAsync(
            listener => listener.Protocols = version == "2" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var address = new CuttableProxy(before.Address.Port);
        await using var gateway = await GatewayUnderTest.StartAsync(
            address.Address, $"Isl:HttpVersion={version}", "Isl:ConnectionLifetime=1s");
        for (var i = 0; i < 3; i++) await PassAsync(gateway);
        Assert.Equal((3, 0), (before.Asked, after.Asked));

        address.Target = after.Address.Port;
        await Eventually.TrueAsync(
            async () =>
            {
                await PassAsync(gateway);
                return after.Asked > 0;
            },
            Soon, "the new one is asked");

        var last = before.Asked;
        for (var i = 0; i < 10; i++) await PassAsync(gateway);
        Assert.Equal(last, before.Asked);
    }

    private static async Task PassAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync("/anything", "{}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Two builds, of which the gateway's address leads to the old one.</summary>
    private sealed class Stage(SimulatorHost old, SimulatorHost @new, CuttableProxy address, GatewayUnderTest gateway) : IAsyncDisposable
    {
        public SimulatorHost Old => old;

        public SimulatorHost New => @new;

        public CuttableProxy Switch => address;

        public GatewayUnderTest Gateway => gateway;

        public static async Task<Stage> StartAsync()
        {
            var old = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = OldBuild });
            var @new = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = NewBuild });
            foreach (var isl in (SimulatorHost[])[old, @new]) isl.State.Update(knobs => knobs with { OmitBuildHeader = true });
            var address = new CuttableProxy(old.BaseAddress.Port);
            return new Stage(
                old, @new, address, await GatewayUnderTest.StartAsync(address.Address, "Isl:HealthInterval=50ms", "Isl:IdleTimeout=1m"));
        }

        /// <summary>Asks a question of its own for each number.</summary>
        /// <returns>The account of the cache.</returns>
        public async Task<string> AskAsync(int number)
        {
            using var answer = await gateway.Client.PostAsync(
                Dominance, $$"""{"options":[{"id":"a"},{"id":"b{{number}}"}],"criteria":["x"]}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return answer.CacheStatus();
        }

        public async ValueTask DisposeAsync()
        {
            old.State.ReleaseHang();
            await gateway.DisposeAsync();
            await address.DisposeAsync();
            await @new.DisposeAsync();
            await old.DisposeAsync();
        }
    }
}
