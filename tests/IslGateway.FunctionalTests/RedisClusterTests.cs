using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Everything that gateways keep in Redis, on a cluster of three masters, whole and with one of them away.</summary>
public sealed class RedisClusterTests
{
    /// <summary>Questions enough for each master to have some.</summary>
    private const int Questions = 24;

    private const string Key = "X-API-Key: ann";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Query = """{"user_id":"alice","context":{"domain":"pricing","variables":["revenue","churn"]},"num_queries":3}""";
    private const string Update = """{"user_id":"alice","query_id":"q1","response":"A"}""";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AnswersAndProofs_AfterARestart_AreHitsWithoutAProbe()
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync();
        await using var isl = await StartIslAsync();
        await using (var before = await StartAsync(isl, cluster))
        {
            for (var i = 0; i < Questions; i++) Assert.Equal(Stored, await AskAsync(before, i));
            await Eventually.TrueAsync(
                async () =>
                {
                    var sizes = await Task.WhenAll(cluster.Masters.Select(master => EntriesAsync(before, master)));
                    return sizes.Sum() == Questions && sizes.All(size => size > 0)
                        && await before.Redis.KeyExistsAsync(before.ProofOf("ann"));
                },
                Soon, "each master has answers, and one the proof");
        }

        await using var after = await StartAsync(isl, cluster);
        for (var i = 0; i < Questions; i++) Assert.EndsWith("detail=redis", await AskAsync(after, i), StringComparison.Ordinal);
        Assert.Equal((Questions, 0), (isl.State.Calls(Isl.Validate), isl.State.Calls("/cache/stats")));
    }

    [Fact]
    public async Task Sessions_UpdateThroughAnotherGateway_EndsTheHits()
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync();
        await using var isl = await StartIslAsync();
        await using var first = await StartAsync(isl, cluster);
        await using var second = await StartAsync(isl, cluster);
        await IsRolledAsync(first);
        for (var user = 0; user < Questions; user++)
        {
            var (query, update) = (Query.Replace(
                "alice", $"user-{user}", StringComparison.Ordinal), Update.Replace("alice", $"user-{user}", StringComparison.Ordinal));
            var before = await UntilAsync(first, query, status => status.EndsWith("detail=memory", StringComparison.Ordinal));
            using var updated = await second.Client.PostAsync(Isl.Update, update, Key);
            var after = await UntilAsync(
                first, query, status => !status.EndsWith("session-unsafe", StringComparison.Ordinal)
                    && !status.EndsWith("beliefs-changed", StringComparison.Ordinal));

            Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
            Assert.Equal(Stored, after.Status);
            Assert.NotEqual(before.Text, after.Text);
        }
    }

    [Fact]
    public async Task PurgesAndRefusals_AtOneGateway_ReachTheOther()
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync();
        await using var isl = await StartIslAsync();
        await using var first = await StartAsync(isl, cluster);
        await using var second = await StartAsync(isl, cluster);
        foreach (var gateway in (GatewayUnderTest[])[first, second])
            await Eventually.TrueAsync(
                async () => (await AskAsync(gateway, 0)).Contains("hit", StringComparison.Ordinal), Soon, "both have the answer");

        using var purged = await first.ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        await Eventually.TrueAsync(
            async () => await AskAsync(second, 0) is var status && (status == Stored || isl.State.Calls(Isl.Validate) > 1),
            Soon, "the purge reaches the other");

        isl.State.Update(knobs => knobs with { RevokedKeys = ["ann"] });
        using var refused = await first.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await second.Client.PostAsync(Isl.Validate, BodyOf(0), Key);
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            Soon, "the refusal reaches the other");
    }

    [Fact]
    public async Task Leases_QuestionsAskedAtThreeGatewaysAtOnce_AreOneCallEach()
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync();
        await using var group = await GatewayGroup.StartAsync(3, cluster.ConnectionString, "cluster");
        group.Sim.Hang(Isl.Validate);
        var asking = Enumerable.Range(0, 12)
            .SelectMany(i => group.Gateways.Select(gateway => gateway.Client.PostAsync(Isl.Validate, BodyOf(i)))).ToArray();
        await group.CallsAsync(12);
        for (var i = 0; i < 3; i++) await group.HoldsAsync(i, 12);
        group.Sim.ReleaseHang();

        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        Assert.Equal(12, group.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneMaster_KilledAndRestartedUnderLoad_EveryAnswerIsRightAndItHeals(bool fullCoverage)
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync(fullCoverage);
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, cluster);
        using var logs = RecordedLogs.Of(gateway);
        using var straight = new HttpClient { BaseAddress = isl.BaseAddress };
        gateway.Client.DefaultRequestHeaders.Add("X-API-Key", "ann");
        straight.DefaultRequestHeaders.Add("X-API-Key", "ann");
        await using var load = new SteadyLoad(gateway.Client);
        await load.GoesOnAsync(200);

        await cluster.Masters[1].KillAsync();
        await Eventually.TrueAsync(() => logs.Lines.Count > 0, Soon, "the loss is told");
        await load.GoesOnAsync(600);
        var told = logs.Lines;
        await cluster.Masters[1].RestartAsync();
        await cluster.IsWholeAsync();
        await HealsAsync(gateway, cluster);
        await load.GoesOnAsync(100);

        var answers = await load.StopAsync();
        var again = await load.AskAllAgainAsync(straight);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var truth = again.ToDictionary(answer => answer.Body, answer => answer.Text);
        Assert.All(answers, answer => Assert.Equal(truth[answer.Body], answer.Text));
        // That a master is away and, where nothing works without it, that Redis is down: a line for each state, and none for each request.
        Assert.InRange(told.Count, 1, 10);
        Assert.InRange(logs.Lines.Count, 1, 20);
    }

    private static async Task HealsAsync(GatewayUnderTest gateway, RedisCluster cluster)
    {
        var number = 1_000;
        await Eventually.TrueAsync(
            async () =>
            {
                // A new question each time: it reaches Redis, wherever it belongs.
                for (var i = 0; i < 6; i++) await AskAsync(gateway, number++);
                return await EntriesAsync(gateway, cluster.Masters[1]) > 0;
            },
            Soon, "the restarted master is written to");
    }

    private static Task<int> EntriesAsync(GatewayUnderTest gateway, RedisProcess master) =>
        Task.Run(() =>
        {
            var server = gateway.Services.GetRequiredService<RedisConnection>().Multiplexer!.GetServer(master.ConnectionString);
            return server.IsConnected ? server.Keys(pattern: "*:CausalValidate:*").Count() : 0;
        });

    private static async Task<string> AskAsync(GatewayUnderTest gateway, int question)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, BodyOf(question), Key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.CacheStatus();
    }

    private static string BodyOf(int question) => Isl.ValidateBody.Replace("Revenue", $"Revenue{question}", StringComparison.Ordinal);

    private static Task IsRolledAsync(GatewayUnderTest gateway) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await gateway.Client.PostAsync(Isl.Elicit, Query, Key);
            return answer.CacheStatus().Contains("hit", StringComparison.Ordinal);
        },
        Soon, "session answers are cached");

    /// <summary>Where this machine held up a gateway's sign of life, session answers are not cached for a moment.</summary>
    private static async Task<(string Status, string Text)> UntilAsync(GatewayUnderTest gateway, string query, Func<string, bool> isReached)
    {
        var last = (Status: "", Text: "");
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await gateway.Client.PostAsync(Isl.Elicit, query, Key, "X-Request-Id: one");
                last = (answer.CacheStatus(), await answer.TextAsync());
                return isReached(last.Status);
            },
            Soon, "session answers are cached");
        return last;
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["ann"] });

    private static async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, RedisCluster cluster)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={cluster.ConnectionString}");
        await gateway.RedisIsUpAsync();
        return gateway;
    }
}
