using System.Net;
using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>A purged answer is never served again: not here, not by another gateway, whatever becomes of Redis.</summary>
public sealed class PurgeTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Everything = "/api/cache?all=true";
    private const string ThirdBody = """{"dag":{"nodes":["A","B"],"edges":[["A","B"]]},"treatment":"A","outcome":"B"}""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Everything_Purged_IsUnreachableAtOnceAndGivesItsMemoryBack()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));

        var answer = await PurgeAsync(rig.Gateway, Everything);

        Assert.Equal("""{"all":true,"endpoints":[],"users":0}""", answer.GetProperty("purged").GetRawText());
        Assert.Equal(("off", "[]"), (answer.GetProperty("redis").GetString(), answer.GetProperty("pending").GetRawText()));
        await Eventually.TrueAsync(() => rig.Memory.Entries == 0, Soon, "the memory is given back");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Contains("isl_gateway_purges_total{scope=\"all\"} 1\n", await rig.Gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("causalVALIDATE")]
    [InlineData(Isl.Validate)]
    public async Task Endpoint_PurgedByNameOrPath_LeavesTheOthers(string endpoint)
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody);

        var answer = await PurgeAsync(rig.Gateway, $"/api/cache?endpoint={endpoint}&endpoint=Contrastive&endpoint=CausalValidate");

        Assert.Equal("""["CausalValidate","Contrastive"]""", answer.GetProperty("purged").GetProperty("endpoints").GetRawText());
        await Eventually.TrueAsync(() => rig.Memory.Entries == 1, Soon, "the row's memory is given back");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody), StringComparison.Ordinal);
        Assert.Contains("isl_gateway_purges_total{scope=\"endpoint\"} 2\n", await rig.Gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_Purged_LosesSessionAnswersAndNobodyElseDoes()
    {
        await using var rig = await Rig.StartAsync("Cache:SingleInstance=true");
        await rig.StatusOfAsync(Isl.Elicit, QueryOf("alice é"));
        await rig.StatusOfAsync(Isl.Elicit, QueryOf("bob"));

        using var response = await DeleteAsync(rig.Gateway, "/api/cache?user=" + Uri.EscapeDataString("alice é"));
        var text = await response.TextAsync();

        Assert.Contains("""{"all":false,"endpoints":[],"users":1}""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", text, StringComparison.Ordinal);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, QueryOf("alice é")));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Elicit, QueryOf("bob")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FillUnderWay_AnswersItsCallersAndNoLaterOne()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        var before = rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => rig.Sim.LastCalls(Isl.Validate).Count == 1, Soon, "ISL has the first call");

        await PurgeAsync(rig.Gateway, Everything);
        var after = rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => rig.Sim.LastCalls(Isl.Validate).Count == 2, Soon, "ISL has a call for who came after the purge");
        rig.Sim.ReleaseHang();

        Assert.Equal([Stored, Stored], [(await before).CacheStatus(), (await after).CacheStatus()]);
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData("", "Nothing is named")]
    [InlineData("?all=false", "all must be")]
    [InlineData("?all=true&all=", "all must be")]
    [InlineData("?user=", "user is empty")]
    [InlineData("?user=%ff", "not percent-encoded UTF-8")]
    [InlineData("?endpoints=CausalValidate", "'endpoints' is no parameter")]
    [InlineData("?endpoint=CausalValidat", "CausalValidate")]
    [InlineData("?endpoint=Health", "PreferencesElicit")]
    [InlineData("?all=true&endpoint=/api/v1/causal/Validate", "neither the name nor the path")]
    public async Task Query_NotUnderstood_PurgesNothingAndSaysWhatIsWrong(string query, string named)
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        using var answer = await DeleteAsync(rig.Gateway, "/api/cache" + query, "X-Request-Id: mine");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.TextAsync());
        Assert.Contains(named, problem.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(("mine", "mine"), (problem.RootElement.GetProperty("request_id").GetString(), answer.RequestId()));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoGateways_PurgeAtOne_HoldsAtTheOther()
    {
        await using var isl = await StartIslAsync();
        var settings = Shared(redis.ConnectionString, redis.NewPrefix());
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        foreach (var body in (string[])[Isl.ValidateBody, ThirdBody]) await IsSharedAsync(first, second, body);

        var answer = await PurgeAsync(first, "/api/cache?endpoint=CausalValidate");
        Assert.Equal(("done", "[]"), (answer.GetProperty("redis").GetString(), answer.GetProperty("pending").GetRawText()));
        Assert.Equal(Stored, await StatusOfAsync(first, ThirdBody));

        await Eventually.TrueAsync(
            async () => await StatusOfAsync(second, Isl.ValidateBody) == Stored, Soon, "the other gateway has heard of it");
    }

    [Fact]
    public async Task Restart_AfterAPurge_KeepsWhatWasStoredSince()
    {
        await using var isl = await StartIslAsync();
        var settings = Shared(redis.ConnectionString, redis.NewPrefix());
        await using (var first = await StartAsync(isl, settings))
        {
            Assert.Equal(Stored, await StatusOfAsync(first, ThirdBody));
            await PurgeAsync(first, Everything);
            Assert.Equal(Stored, await StatusOfAsync(first, Isl.ValidateBody));
        }

        await using var second = await StartAsync(isl, settings);

        Assert.EndsWith("detail=redis", await StatusOfAsync(second, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(Stored, await StatusOfAsync(second, ThirdBody));
    }

    [Fact]
    public async Task RedisAway_PurgeHoldsHereAndReachesTheOthersOnceRedisIsBack()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();

        // What stands in Redis outlives its end, so that it is the purge that makes it unreachable.
        await using var own = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        var settings = Shared(own.ConnectionString, "away");
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        foreach (var body in (string[])[Isl.ValidateBody, ThirdBody]) await IsSharedAsync(first, second, body);

        await own.KillAsync();
        var answer = await PurgeAsync(first, "/api/cache?all=true&endpoint=CausalValidate&user=alice");

        Assert.Equal("queued", answer.GetProperty("redis").GetString());
        Assert.Equal("""["all","CausalValidate","users"]""", answer.GetProperty("pending").GetRawText());
        Assert.Equal(Stored, await StatusOfAsync(first, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await StatusOfAsync(second, ThirdBody), StringComparison.Ordinal);
        Assert.Equal("""["all","CausalValidate"]""", await PendingAsync(first));

        await own.RestartAsync();
        await Eventually.TrueAsync(async () => await PendingAsync(first) == "[]", Soon, "Redis has been told");
        Assert.Equal(Stored, await StatusOfAsync(first, Isl.ValidateBody));
        await Eventually.TrueAsync(async () => await StatusOfAsync(second, ThirdBody) == Stored, Soon, "the other gateway has heard of it");

        // The new entry reaches Redis once ISL's health has confirmed it.
        await using var third = await StartAsync(isl, settings);
        await IsFoundAsync(third, ThirdBody);
    }

    /// <summary>
    /// After a purge, the tokens in Redis are lost, spoilt or turned back; the purged answer still stands there. Gateways put them right.
    /// </summary>
    [Theory]
    [InlineData("deleted")]
    [InlineData("wrong type")]
    [InlineData("damaged")]
    [InlineData("swapped")]
    [InlineData("turned back")]
    public async Task Tokens_LostOrSpoilt_BringNoPurgedAnswerBack(string trouble)
    {
        await using var isl = await StartIslAsync();
        var settings = Shared(redis.ConnectionString, redis.NewPrefix());
        await using var multiplexer = await PatientRedis.ConnectAsync(redis.ConnectionString);
        await using var first = await StartAsync(isl, settings);
        var (database, key) = (multiplexer.GetDatabase(), first.Services.GetRequiredService<RedisNames>().Tokens);
        await using var second = await StartAsync(isl, settings);
        foreach (var body in (string[])[Isl.ValidateBody, ThirdBody]) await IsSharedAsync(first, second, body);
        var before = await database.HashGetAllAsync(key);
        await PurgeAsync(first, "/api/cache?all=true&endpoint=CausalValidate");
        await Eventually.TrueAsync(() => TokenOf(second) == TokenOf(first), Soon, "both have the purge");
        var purged = TokenOf(first);
        Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(29), TimeSpan.FromDays(30));

        var tokens = await StandingAsync();
        await SpoilAsync();
        Assert.NotEqual(tokens, await StandingAsync());
        await Eventually.TrueAsync(async () => (await StandingAsync()).SequenceEqual(tokens), Soon, "the tokens stand there again");
        await using var third = await StartAsync(isl, settings);

        Assert.Equal([purged, purged, purged], [TokenOf(first), TokenOf(second), TokenOf(third)]);
        Assert.Equal(Stored, await StatusOfAsync(third, Isl.ValidateBody));
        Assert.Equal(Stored, await StatusOfAsync(first, ThirdBody));
        Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(29), TimeSpan.FromDays(30));
        var garbage = (await first.MetricsAsync()) + await second.MetricsAsync();
        Assert.Equal(
            trouble is "wrong type" or "damaged" or "swapped",
            garbage.Contains("isl_gateway_cache_errors_total{tier=\"redis\",reason=\"garbage\"} ", StringComparison.Ordinal)
            && !garbage.Split('\n').Where(line => line.Contains("reason=\"garbage\"", StringComparison.Ordinal))
                .All(line => line.EndsWith(" 0", StringComparison.Ordinal)));

        async Task<HashEntry[]> StandingAsync() => await database.KeyTypeAsync(key) != RedisType.Hash ? []
            : [.. (await database.HashGetAllAsync(key)).Where(field => field.Name != "change" && field.Name != "losses")
                .OrderBy(field => field.Name)];

        async Task SpoilAsync()
        {
            var now = (await database.HashGetAllAsync(key)).ToDictionary(field => field.Name.ToString(), field => field.Value);
            switch (trouble)
            {
                case "deleted":
                    await database.KeyDeleteAsync(key);
                    break;
                case "wrong type":
                    await database.StringSetAsync(key, "no hash");
                    break;
                case "damaged":
                    await database.HashSetAsync(key, [new("all", "short"), new("CausalValidate", RedisValue.EmptyString)]);
                    break;
                case "swapped":
                    await database.HashSetAsync(
                        key, [new("change", "x"), new("all", now["CausalValidate"]), new("CausalValidate", now["all"])]);
                    break;
                default:
                    await database.HashSetAsync(key, before);
                    break;
            }
        }
    }

    [Fact]
    public async Task Flush_AfterAPurge_BringsNoPurgedAnswerBack()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync();
        var settings = Shared(own.ConnectionString, "flushed");
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        foreach (var body in (string[])[Isl.ValidateBody, ThirdBody]) await IsSharedAsync(first, second, body);
        await PurgeAsync(first, Everything);
        await Eventually.TrueAsync(() => TokenOf(second) == TokenOf(first), Soon, "both have the purge");
        var purged = TokenOf(first);

        Assert.Equal("+OK", await RawRedis.SendAsync(own.Port, "FLUSHALL"));

        var name = first.Services.GetRequiredService<RedisNames>().Tokens;
        await Eventually.TrueAsync(async () => await first.Redis.KeyExistsAsync(name), Soon, "the tokens stand there again");
        await using var third = await StartAsync(isl, settings);
        Assert.Equal([purged, purged, purged], [TokenOf(first), TokenOf(second), TokenOf(third)]);
        Assert.Equal(Stored, await StatusOfAsync(second, Isl.ValidateBody));
        Assert.Equal(Stored, await StatusOfAsync(first, ThirdBody));
    }

    /// <summary>Stores an answer through one gateway and serves it by the other, from Redis and then from its memory.</summary>
    private static async Task IsSharedAsync(GatewayUnderTest first, GatewayUnderTest second, string body)
    {
        Assert.Equal(Stored, await StatusOfAsync(first, body));
        await IsFoundAsync(second, body);
        Assert.EndsWith("detail=memory", await StatusOfAsync(second, body), StringComparison.Ordinal);
    }

    private static Task IsFoundAsync(GatewayUnderTest gateway, string body) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, body, "Cache-Control: only-if-cached");
            return answer.StatusCode == HttpStatusCode.OK;
        },
        Soon, "the gateway finds it in Redis");

    private static async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static string[] Shared(string connectionString, string prefix) =>
        [$"ConnectionStrings:Redis={connectionString}", $"Cache:Prefix={prefix}"];

    private static (string Everything, string Row) TokenOf(GatewayUnderTest gateway)
    {
        var row = gateway.Services.GetRequiredService<EndpointTable>().Rows.Single(row => row.Name == "CausalValidate");
        var (everything, own) = gateway.Services.GetRequiredService<TokenSet>().KeyOf(row);
        return (everything.ToString(), own.ToString());
    }

    private static async Task<string> StatusOfAsync(GatewayUnderTest gateway, string body)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, body);
        return answer.CacheStatus();
    }

    private static async Task<string> PendingAsync(GatewayUnderTest gateway)
    {
        using var stats = JsonDocument.Parse(
            await gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken));
        return stats.RootElement.GetProperty("purges").GetProperty("pending").GetRawText();
    }

    private static async Task<JsonElement> PurgeAsync(GatewayUnderTest gateway, string target)
    {
        using var answer = await DeleteAsync(gateway, target);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var document = JsonDocument.Parse(await answer.TextAsync());
        return document.RootElement.Clone();
    }

    private static async Task<HttpResponseMessage> DeleteAsync(GatewayUnderTest gateway, string target, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(target, UriKind.Relative));
        foreach (var header in headers) request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
        return await gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string QueryOf(string user) =>
        JsonSerializer.Serialize(new
        {
            user_id = user,
            context = new { domain = "pricing", variables = (string[])["revenue", "churn"] },
            num_queries = 3,
        });

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
}
