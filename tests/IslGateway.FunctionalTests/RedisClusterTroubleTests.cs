using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>One master of a cluster that is frozen is its own trouble: it is waited for once, and the others serve on.</summary>
public sealed class RedisClusterTroubleTests
{
    private const int Questions = 12;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    /// <summary>Replies of the others are no sign of life of the one that is asked.</summary>
    [Fact]
    public async Task OneMaster_FrozenWhileOthersReply_CostsOneWaitInAll()
    {
        await using var rig = await Rig.StartAsync();
        await using var chatter = new Chatter(rig);
        await chatter.GoesOnAsync();
        rig.Freeze();

        var troubles = new List<RedisTrouble>();
        for (var i = 0; i < Questions; i++) troubles.Add(await rig.AskAsync(rig.Frozen[i]));

        Assert.DoesNotContain(RedisTrouble.None, troubles);
        Assert.InRange(troubles.Count(trouble => trouble == RedisTrouble.Timeout), 1, Questions / 2);
        await chatter.GoesOnAsync();
        rig.Thaw();
        await Eventually.TrueAsync(async () => await rig.AskAsync(rig.Frozen[0]) == RedisTrouble.None, Soon, "it is asked again");
    }

    [Fact]
    public async Task OneMaster_Frozen_TheOthersAreAskedOnAndReadinessTellsOfIt()
    {
        await using var rig = await Rig.StartAsync();
        rig.Freeze();
        await Eventually.TrueAsync(
            async () => await rig.AskAsync(rig.Frozen[0]) == RedisTrouble.Unavailable, Soon, "requests are kept from the frozen one");

        var answered = 0;
        foreach (var name in rig.Others.Take(Questions)) answered += await rig.AskAsync(name) == RedisTrouble.None ? 1 : 0;

        Assert.InRange(answered, Questions / 2, Questions);
        Assert.DoesNotContain(rig.Frozen[0], rig.Gate.Reachable([rig.Frozen[0], .. rig.Others], name => name));
        await Eventually.TrueAsync(
            async () => await rig.ReadinessAsync() is var said && said.Contains("\"redis\":\"ok\"", StringComparison.Ordinal)
                && said.Contains("masters is away", StringComparison.Ordinal),
            Soon, "readiness tells of it");
        rig.Thaw();
        await Eventually.TrueAsync(async () => await rig.AskAsync(rig.Frozen[0]) == RedisTrouble.None, Soon, "it is asked again");
        await Eventually.TrueAsync(
            async () => !(await rig.ReadinessAsync()).Contains("masters is away", StringComparison.Ordinal), Soon, "readiness is clean");
    }

    /// <summary>A gateway before a cluster, and names on the master that is to be frozen and on the others.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly RedisCluster _cluster;
        private readonly SimulatorHost _isl;
        private readonly GatewayUnderTest _gateway;

        private Rig(RedisCluster cluster, SimulatorHost isl, GatewayUnderTest gateway)
        {
            (_cluster, _isl, _gateway) = (cluster, isl, gateway);
            Gate = gateway.Services.GetRequiredService<RedisGate>();
            var division = gateway.Services.GetRequiredService<RedisConnection>().Multiplexer!.GetServers()
                .Select(server => server.ClusterConfiguration).First(map => map is not null)!;
            var names = Enumerable.Range(0, 500).Select(i => $"name-{i}").ToLookup(
                name => ((IPEndPoint)division.GetBySlot(name)!.EndPoint!).Port == cluster.Masters[1].Port);
            (Frozen, Others) = ([.. names[true]], [.. names[false]]);
        }

        public RedisGate Gate { get; }

        public IReadOnlyList<string> Frozen { get; }

        public IReadOnlyList<string> Others { get; }

        public static async Task<Rig> StartAsync()
        {
            RedisProcess.RequireOrSkip();
            var cluster = await RedisCluster.StartAsync(fullCoverage: false);
            var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });

            // Long enough for a busy machine to be prompt.
            var gateway = await GatewayUnderTest.StartAsync(
                isl.BaseAddress, $"ConnectionStrings:Redis={cluster.ConnectionString}", "Cache:LookupBudget=300ms", "Cache:LookupLimit=1s");
            await gateway.RedisIsUpAsync();
            var rig = new Rig(cluster, isl, gateway);
            await Eventually.TrueAsync(
                async () => await rig.AskAsync(rig.Frozen[0]) == RedisTrouble.None
                    && await rig.AskAsync(rig.Others[0]) == RedisTrouble.None,
                Soon, "all are asked");
            return rig;
        }

        public void Freeze() => _cluster.Masters[1].Freeze();

        public void Thaw() => _cluster.Masters[1].Thaw();

        public async Task<RedisTrouble> AskAsync(string name) =>
            (await Gate.AskAsync(
                [name], database => database.StringGetAsync(name), asker: null, TestContext.Current.CancellationToken)).Trouble;

        public Task<string> ReadinessAsync() =>
            _gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            Thaw();
            await _gateway.DisposeAsync();
            await _isl.DisposeAsync();
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>Others' questions to the masters that are not frozen, one after the other.</summary>
    private sealed class Chatter : IAsyncDisposable
    {
        private readonly Task _talking;
        private volatile bool _isOver;
        private int _replies;

        public Chatter(Rig rig) => _talking = Task.Run(async () =>
        {
            for (var i = 0; !_isOver; i++)
            {
                if (await rig.AskAsync(rig.Others[i % rig.Others.Count]) == RedisTrouble.None) Interlocked.Increment(ref _replies);
                else await Task.Yield();
            }
        });

        public Task GoesOnAsync()
        {
            var until = Volatile.Read(ref _replies) + 100;
            return Eventually.TrueAsync(() => Volatile.Read(ref _replies) >= until, Soon, "the others reply");
        }

        public async ValueTask DisposeAsync()
        {
            _isOver = true;
            await _talking;
        }
    }
}
