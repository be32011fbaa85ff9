using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using Answered = IslGateway.FunctionalTests.Infrastructure.SteadyLoad.Answered;

namespace IslGateway.FunctionalTests;

/// <summary>ISL changes under load: no caller notices, and none is given one build's answer as another's.</summary>
public sealed class RolloutTests(RedisFixture redis)
{
    private static readonly string[] Builds = ["sim-0001", "sim-0002", "sim-0003"];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>Settings under which a rollout takes seconds rather than minutes.</summary>
    private static readonly string[] Quick = ["Isl:HealthInterval=50ms", "Isl:EpochMaxAge=1s"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ReplicasChangeBuildOneByOne_NobodyNoticesAndNoHitCrosses(int gateways)
    {
        await using var stage = await Stage.StartAsync(replicas: 3, gateways, Redis());
        await using var load = new SteadyLoad(stage.Clients);
        await load.GoesOnAsync(100);

        foreach (var isl in stage.Replicas)
        {
            isl.State.Build = Builds[1];
            await load.GoesOnAsync(50);
        }

        await stage.KnowAsync(Builds[1]);
        var all = await load.StopAsync();

        Assert.Contains(all, answer => answer is { IsHit: true } && answer.Build == Builds[0]);
        Assert.All(all, answer => Assert.Contains(answer.Build, Builds[..2]));
        await AssertEachIsItsBuildsOwnAsync(load, all);
        foreach (var client in stage.Clients) await AssertIsAllOfAsync(Builds[1], load, client);
    }

    [Fact]
    public async Task ReplicasAreRolledBackOneByOne_OldEntriesServeAgainAndNoHitCrosses()
    {
        await using var stage = await Stage.StartAsync(replicas: 3, gateways: 1, Redis());
        await using var load = new SteadyLoad(stage.Clients);
        foreach (var build in (string[])[Builds[1], Builds[0]])
        {
            await load.GoesOnAsync(60);
            foreach (var isl in stage.Replicas)
            {
                isl.State.Build = build;
                await load.GoesOnAsync(30);
            }

            await stage.KnowAsync(build);
        }

        var all = await load.StopAsync();

        Assert.Contains(all, answer => answer is { IsHit: true } && answer.Build == Builds[1]);
        await AssertEachIsItsBuildsOwnAsync(load, all);
        await AssertIsAllOfAsync(Builds[0], load, stage.Clients[0]);
    }

    [Fact]
    public async Task OneAddressAnswersForBuildsInTurn_NothingIsStoredUntilOneIsLeft()
    {
        await using var stage = await Stage.StartAsync(replicas: 3, gateways: 0, []);
        for (var i = 0; i < 3; i++) stage.Replicas[i].State.Build = Builds[i];
        await using var front = ScriptedUpstream.Before([.. stage.Replicas.Select(isl => isl.BaseAddress)]);

        // Polls of a busy machine may be seconds apart.
        await using var gateway = await GatewayUnderTest.StartAsync(front.Address, "Isl:HealthInterval=50ms", "Isl:EpochMaxAge=5s");
        var replica = Assert.Single(gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        var memory = gateway.Services.GetRequiredService<MemoryStore>();
        await using var load = new SteadyLoad(gateway.Client);

        await Eventually.TrueAsync(
            () => replica.IsAlternating(TimeSpan.FromSeconds(5)) && memory.Entries == 0, Soon, "the alternation is noticed");
        var noticed = load.Count;
        await load.GoesOnAsync(200);
        Assert.Equal(0, memory.Entries);
        var alternated = load.Count;

        front.Answer = front.Health = Scripts.Forward(stage.Replicas[2].BaseAddress);
        await Eventually.TrueAsync(() => memory.Entries > 0, Soon, "answers are stored again");
        await load.GoesOnAsync(150);
        var all = await load.StopAsync();

        await AssertEachIsItsBuildsOwnAsync(load, all);
        await AssertIsAllOfAsync(Builds[2], load, gateway.Client);
        Assert.All(all.Skip(noticed + 20).Take(alternated - noticed - 20), answer => Assert.False(answer.IsHit, answer.CacheStatus));
        Assert.Equal([Builds[2]], all.Skip(alternated).Where(answer => answer.IsHit).Select(answer => answer.Build).Distinct());
    }

    /// <summary>Once only one build is left, whatever was asked before is answered by it: from ISL or from its own entries.</summary>
    private static async Task AssertIsAllOfAsync(string build, SteadyLoad load, HttpClient client)
    {
        var again = await load.AskAllAgainAsync(client);
        Assert.Contains(again, answer => answer.IsHit);
        Assert.All(again, answer => Assert.True(answer.Build == build, $"{answer.Build} in answer to {answer.Body}: {answer.CacheStatus}"));
        await AssertEachIsItsBuildsOwnAsync(load, again);
    }

    /// <summary>A build's answer is the one that this build alone gives to that body.</summary>
    private static async Task AssertEachIsItsBuildsOwnAsync(SteadyLoad load, IReadOnlyList<Answered> all)
    {
        Assert.All(all, answer => Assert.True((int)answer.Status == 200, $"{answer.Status} {answer.CacheStatus} {answer.Text}"));
        var own = new Dictionary<(string Build, string Body), string>();
        foreach (var build in Builds)
        {
            await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = build });
            using var client = new HttpClient { BaseAddress = isl.BaseAddress };
            foreach (var body in load.Bodies)
            {
                using var response = await client.PostAsync(Isl.Counterfactual, body, "X-Request-Id: id-0-0");
                own[(build, body)] = (await SteadyLoad.ReadAsync(response, body)).Text;
            }
        }

        Assert.Equal(own.Count, own.Values.Distinct().Count());
        Assert.All(all, answer => Assert.Equal(own[(answer.Build, answer.Body)], answer.Text));
    }

    private string[] Redis() => [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];

    /// <summary>Replicas of ISL, and gateways before all of them.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        public List<SimulatorHost> Replicas { get; } = [];

        public List<GatewayUnderTest> Gateways { get; } = [];

        public HttpClient[] Clients => [.. Gateways.Select(gateway => gateway.Client)];

        public static async Task<Stage> StartAsync(int replicas, int gateways, string[] settings)
        {
            var stage = new Stage();
            for (var i = 0; i < replicas; i++)
                stage.Replicas.Add(await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = Builds[0] }));
            for (var i = 0; i < gateways; i++)
            {
                var gateway = await GatewayUnderTest.StartAsync(stage.Replicas.Select(isl => isl.BaseAddress), [.. Quick, .. settings]);
                stage.Gateways.Add(gateway);
                if (settings.Length > 0) await gateway.RedisIsUpAsync();
            }

            return stage;
        }

        public Task KnowAsync(string build) => Task.WhenAll(Gateways.Select(gateway => gateway.KnowsBuildAsync(build)));

        public async ValueTask DisposeAsync()
        {
            foreach (var gateway in Gateways) await gateway.DisposeAsync();
            foreach (var isl in Replicas) await isl.DisposeAsync();
        }
    }
}
