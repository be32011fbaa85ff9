using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Why was this a miss? What the gateway says would become of a request is what becomes of it, and saying so changes nothing.
/// </summary>
public sealed partial class ExplainTests(RedisFixture redis)
{
    private const string Key = "X-API-Key: alice-secret-key";
    private const string Repeated = """{"treatment":"a","treatment":"b"}""";
    private const string Query = """{"user_id":"carol@example.org","context":{"domain":"pricing"},"num_queries":2}""";
    private const string Single = "Cache:SingleInstance=true";

    [Theory]
    [InlineData(Isl.Validate, Isl.ValidateBody, null)]
    [InlineData(Isl.Validate + "?a=%20", Isl.ValidateBody, null)]
    [InlineData(Isl.Validate, Repeated, "inexact-body")]
    [InlineData(Isl.Validate, "", "inexact-body")]
    [InlineData(Isl.Validate, "{", "inexact-body")]
    [InlineData(Isl.Validate, Isl.ValidateBody, "not-json-request", "Content-Type: text/plain")]
    [InlineData(Isl.Validate, Isl.ValidateBody, "cross-origin", "Origin: http://localhost:3000")]
    [InlineData(Isl.Validate, Isl.ValidateBody, "unsupported-encoding", "Content-Encoding: zstd")]
    [InlineData(Isl.Validate, Isl.ValidateBody, "only-if-cached", "Cache-Control: only-if-cached")]
    [InlineData(Isl.Validate, Isl.ValidateBody, "no-store-requested", "Cache-Control: no-store")]
    [InlineData(Isl.Validate, Repeated, "only-if-cached", "Cache-Control: only-if-cached")]
    [InlineData(Isl.Validate, Isl.ValidateBody, null, "Connection: Origin", "Origin: http://localhost:3000")]
    [InlineData(Isl.Teach, "{}", "endpoint-not-cached")]
    [InlineData("/api/v1/nowhere", "{}", "unknown-endpoint")]
    [InlineData("/api/v1/Causal/validate", Isl.ValidateBody, "unknown-endpoint")]
    [InlineData("/gateway/v2/nothing", "{}", "unknown-gateway-path")]
    [InlineData(Isl.Elicit, """{"context":{"domain":"pricing"},"num_queries":2}""", "session-unsafe")]
    [InlineData("/gateway/v1/batch", """{"requests":[{"path":"/api/v1/causal/validate","body":{}}]}""", "batch")]
    [InlineData("/gateway/v1/sweep?x=1", """{"path":"/api/v1/causal/validate","base":{},"vary":[{}]}""", "batch")]
    [InlineData(Isl.Elicit, Query, null)]
    public async Task Request_NothingStored_IsToldWhatItWillBeTold(string target, string body, string? reason, params string[] headers)
    {
        await using var rig = await Rig.StartAsync(Single);

        var said = await rig.Gateway.ExplainAsync(target, body, headers);
        var told = await rig.StatusOfAsync(target, body, headers);

        Assert.Equal(reason, said.Text("reason"));
        Assert.Equal(WithoutStatus(told), said.Text("cache_status"));
        Assert.False(string.IsNullOrWhiteSpace(said.Text("explanation")));
        Assert.Equal(JsonValueKind.Null, said.GetProperty("found").ValueKind);
    }

    [Theory]
    [InlineData("Cache:Mode=Off", "cache-off")]
    [InlineData("Cache:Mode=Observe", "observed")]
    [InlineData("Limits:MaxRequestBodySize=64B", "body-too-large")]
    [InlineData("Endpoints:CausalValidate:Cache=None", "endpoint-not-cached")]
    public async Task Settings_AgainstIt_AreTheReason(string setting, string reason)
    {
        await using var rig = await Rig.StartAsync(setting);

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(reason, said.Text("reason"));
        Assert.Equal(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), said.Text("cache_status"));
    }

    [Theory]
    [InlineData("", "IslGateway; hit; ttl=N; detail=memory")]
    [InlineData("Cache-Control: no-cache", "IslGateway; fwd=request; stored")]
    [InlineData("Cache-Control: max-age=0", "IslGateway; fwd=request; stored")]
    [InlineData("Cache-Control: only-if-cached", "IslGateway; hit; ttl=N; detail=memory")]
    [InlineData("Cache-Control: no-cache, only-if-cached", "IslGateway; detail=only-if-cached")]
    public async Task Request_Stored_IsFoundAndToldSo(string header, string told)
    {
        await using var rig = await Rig.StartAsync("Cache:Jitter=0");
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        string[] headers = header.Length == 0 ? [] : [header];

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, headers);

        Assert.Equal(told, WithoutTtl(said.Text("cache_status")!));
        Assert.Equal(told, WithoutTtl(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, headers)));
        var found = said.GetProperty("found");
        Assert.Equal(("memory", false), (found.Text("tier"), found.GetProperty("stale").GetBoolean()));
        Assert.InRange(found.GetProperty("ttl_seconds").GetInt32(), 3_000, 3_600);
        var epoch = Assert.Single(said.GetProperty("epochs").EnumerateArray());
        Assert.Equal(("sim-0001", true), (epoch.Text("build"), epoch.GetProperty("found").GetBoolean()));
        Assert.Equal(
            ("CausalValidate", Isl.Validate, "Deterministic", "Sorted"),
            (said.Text("row"), said.Text("path"), said.Text("policy"), said.Text("key_order")));
        Assert.Matches("^[0-9a-f]{16}$", said.Text("key")!);
        Assert.Equal("proven", said.GetProperty("credential").Text("standing"));
    }

    /// <summary>A compressed body comes as its bytes, or as what it decodes to; either way it is the plain one's question.</summary>
    [Fact]
    public async Task Body_Compressed_HasThePlainOnesKey()
    {
        await using var rig = await Rig.StartAsync();
        var packed = Convert.ToBase64String(Packed.Gzip(Isl.ValidateBody));
        var headers = new Dictionary<string, string> { ["Content-Encoding"] = "gzip" };

        var plain = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);
        var bytes = await rig.Gateway.ExplainCallAsync(new { path = Isl.Validate, headers, body_base64 = packed });
        var decoded = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, "Content-Encoding: br");
        var damaged = await rig.Gateway.ExplainCallAsync(new { path = Isl.Validate, headers, body_base64 = packed[..^8] });

        Assert.Equal(plain.Text("key"), bytes.Text("key"));
        Assert.Equal(plain.Text("key"), decoded.Text("key"));
        Assert.Equal("damaged-body", damaged.Text("reason"));
        Assert.Equal("IslGateway; detail=damaged-body", damaged.Text("cache_status"));
    }

    /// <summary>What the latest fill said: an answer that says it failed, a status, an answer that is too large.</summary>
    [Theory]
    [InlineData("degraded", "never-store")]
    [InlineData("422", "status-not-ok")]
    [InlineData("oversize", "oversize")]
    public async Task Answer_NotStored_IsTheReasonOfTheNextMiss(string how, string reason)
    {
        string[] settings = how == "oversize" ? ["Cache:MaxEntrySize=64B"] : [];
        await using var rig = await Rig.StartAsync(settings);
        rig.Sim.Degraded = how == "degraded";
        var body = how == "422" ? "{}" : Isl.ValidateBody;
        await rig.StatusOfAsync(Isl.Validate, body);

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, body);

        Assert.Equal(reason, said.Text("reason"));
        Assert.Equal(reason, said.GetProperty("last_fill").Text("reason"));
        Assert.Equal(await rig.StatusOfAsync(Isl.Validate, body), said.Text("cache_status"));
    }

    [Fact]
    public async Task Question_AtWhichIslFails_IsSaidToCoolDown()
    {
        await using var rig = await Rig.StartAsync("Cooldown:Failures=1", "Cooldown:FirstBreak=1m", "Cooldown:LongestBreak=1m");
        await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody);
        rig.Sim.Fail(500);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal("cooling-down", said.Text("reason"));
        Assert.Equal(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), said.Text("cache_status"));
    }

    [Fact]
    public async Task Epoch_NotKnown_IsTheReason()
    {
        await using var rig = await Rig.StartAsync("Isl:HealthInterval=1h", "Isl:EpochMaxAge=2h");
        rig.Gateway.Time.Pass(TimeSpan.FromHours(3));

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal("unknown-epoch", said.Text("reason"));
    }

    [Fact]
    public async Task Isl_WithAnotherBuild_TheEarlierOnesAnswerIsNamed()
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        await rig.IsPolledAsync();
        rig.Sim.Build = "sim-0002";
        await rig.KnowsEpochAsync();

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        var epoch = Assert.Single(said.GetProperty("epochs").EnumerateArray());
        Assert.Equal(("sim-0002", false), (epoch.Text("build"), epoch.GetProperty("found").GetBoolean()));
        var earlier = Assert.Single(said.GetProperty("elsewhere").GetProperty("earlier_epochs").EnumerateArray());
        Assert.Equal("sim-0001", earlier.Text("build"));
        Assert.Contains("sim-0001", said.Text("explanation"), StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=miss; stored", said.Text("cache_status"));
    }

    [Fact]
    public async Task Credential_AnothersAnswer_IsNamedAndProofTold()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["alice-secret-key", "bob-secret-key"] });
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, Key);

        var alice = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, Key);
        var bob = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: bob-secret-key");

        Assert.Equal(("proven", "unproven"), (Standing(alice), Standing(bob)));
        Assert.StartsWith("IslGateway; hit", alice.Text("cache_status"), StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=miss; stored", bob.Text("cache_status"));
        Assert.Equal(1, bob.GetProperty("elsewhere").GetProperty("other_credentials").GetProperty("found").GetInt32());
        Assert.Contains("For another credential", bob.Text("explanation"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-key", alice.GetRawText() + bob.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Sim.Calls("/cache/stats"));
    }

    /// <summary>Shared entries: a stranger's request finds one, and ISL has the word first.</summary>
    [Fact]
    public async Task Credential_NotProven_IsWhatStandsBetween()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["alice-secret-key", "bob-secret-key"] }, "Cache:CredentialScope=Shared");
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, Key);

        var bob = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: bob-secret-key");

        Assert.Equal("unproven-credential", bob.Text("reason"));
        Assert.StartsWith("IslGateway; hit", bob.Text("cache_status"), StringComparison.Ordinal);
        Assert.Equal(0, rig.Sim.Calls("/cache/stats"));
        Assert.StartsWith(
            "IslGateway; hit", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: bob-secret-key"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stale_WhileIslIsNotAsked_IsForetold()
    {
        await using var rig = await Rig.StartAsync(
            "Cooldown:Failures=1", "Cooldown:FirstBreak=1m", "Cooldown:LongestBreak=1m", "Cache:DefaultTtl=1s");
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(10));
        var stale = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);
        Assert.True(stale.GetProperty("found").GetProperty("stale").GetBoolean());
        rig.Sim.Fail(500);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal("stale", said.Text("reason"));
        Assert.Equal(WithoutTtl(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody)), WithoutTtl(said.Text("cache_status")!));
    }

    /// <summary>Found in Redis by a gateway that has nothing in memory, and left there.</summary>
    [Fact]
    public async Task Redis_HoldsIt_IsSaidAndNothingIsTakenOver()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        (await first.Client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        (await first.Client.PostAsync(Isl.Elicit, Query)).Dispose();
        await using var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await second.RedisIsUpAsync();
        await Eventually.TrueAsync(
            async () => Stored(await second.ExplainAsync(Isl.Validate, Isl.ValidateBody))
                && Stored(await second.ExplainAsync(Isl.Elicit, Query)),
            TimeSpan.FromSeconds(60), "both are confirmed and in Redis");

        var said = await second.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(("redis", "ok"), (said.GetProperty("found").Text("tier"), said.Text("redis")));
        Assert.Equal(0, second.Services.GetRequiredService<IslGateway.Caching.Tiers.MemoryStore>().Entries);
        var names = await NamesAsync(second);
        await Eventually.TrueAsync(
            async () => (await second.ExplainAsync(Isl.Elicit, Query.Replace("carol", "nobody", StringComparison.Ordinal)))
                .Text("cache_status") == "IslGateway; fwd=miss; stored",
            TimeSpan.FromSeconds(60), "the beliefs of somebody unknown would be asked for and stored");
        Assert.Equal(names, await NamesAsync(second));
        using var answer = await second.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.EndsWith("detail=redis", answer.CacheStatus(), StringComparison.Ordinal);

        static bool Stored(JsonElement said) => said.GetProperty("found").ValueKind == JsonValueKind.Object;
    }

    [Fact]
    public async Task Redis_Away_IsSaid()
    {
        await using var rig = await Rig.StartAsync($"ConnectionStrings:Redis=127.0.0.1:{FreePort.Next()}");

        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal("no-answer", said.Text("redis"));
        Assert.Contains("Redis did not answer", said.Text("explanation"), StringComparison.Ordinal);
    }

    /// <summary>Neither counters nor entries nor ISL notice.</summary>
    [Fact]
    public async Task Explain_Always_ChangesNothing()
    {
        await using var rig = await Rig.StartAsync(Single);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, Key);
        await rig.StatusOfAsync(Isl.Elicit, Query, Key);
        var before = (await CountersAsync(rig), rig.Memory.Entries, rig.Memory.LastKept, IslCalls(rig));

        foreach (var target in (string[])[Isl.Validate, Isl.Elicit, Isl.Update, Isl.Teach, "/nowhere"])
        {
            foreach (var body in (string[])[Isl.ValidateBody, Query, "{}", "{", ""])
                await rig.Gateway.ExplainAsync(target, body, "X-API-Key: another");
        }

        Assert.Equal(before, (await CountersAsync(rig), rig.Memory.Entries, rig.Memory.LastKept, IslCalls(rig)));
    }

    /// <summary>Neither the answer nor the log names who asks, as whom, or what.</summary>
    [Fact]
    public async Task Explain_Always_KeepsSecrets()
    {
        await using var rig = await Rig.StartAsync(Single, "Logging:LogLevel:Default=Trace");
        using var logs = RecordedLogs.Of(rig.Gateway);

        var said = await rig.Gateway.CompareAsync(
            Explains.Request(Isl.Elicit, Query, Key),
            Explains.Request(Isl.Elicit, Query.Replace("carol", "dave", StringComparison.Ordinal), "X-API-Key: another-secret-key"));

        Assert.Equal("/user_id", said.Text("differs_at"));
        Assert.DoesNotMatch("carol|dave|secret|pricing", said.GetRawText() + string.Join('\n', logs.Lines));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("IslGateway.Audit", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{", 400, "not JSON")]
    [InlineData("""{"path":"nowhere"}""", 400, "slash")]
    [InlineData("""{"requests":[{"path":"/a"}]}""", 400, "exactly two")]
    public async Task Call_Wrong_IsAProblemThatSaysWhat(string call, int status, string said)
    {
        await using var rig = await Rig.StartAsync();
        using var content = new StringContent(call, Encoding.UTF8, "application/json");

        using var answer = await rig.Gateway.ManagementClient.PostAsync(Explains.Path, content, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.TextAsync());
        Assert.Contains(said, problem.RootElement.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("gateway_wrong_management_call", problem.RootElement.Text("reason"));
    }

    /// <summary>Two bodies of the largest size pass, and one that is too large is explained; beyond that the call itself is.</summary>
    [Theory]
    [InlineData(70_000, 200)]
    [InlineData(2_000_000, 413)]
    public async Task Call_Large_IsTakenWithinBounds(int size, int status)
    {
        await using var rig = await Rig.StartAsync("Limits:MaxRequestBodySize=64KiB");
        using var content = new StringContent(
            $$"""{"path":"{{Isl.Validate}}","body":"{{new string('x', size)}}"}""", Encoding.UTF8, "application/json");

        using var answer = await rig.Gateway.ManagementClient.PostAsync(Explains.Path, content, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(status == 200 ? "\"reason\":\"body-too-large\"" : "too large", await answer.TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("new-key", HttpStatusCode.OK)]
    public async Task Key_ForTheManagement_IsAskedFor(string key, HttpStatusCode status)
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=new-key");
        using var call = new HttpRequestMessage(HttpMethod.Post, Explains.Path) { Content = new StringContent("""{"path":"/health"}""") };
        if (key.Length > 0) call.Headers.Authorization = new("Bearer", key);

        using var answer = await rig.Gateway.ManagementClient.SendAsync(call, TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
    }

    private static string? Standing(JsonElement said) => said.GetProperty("credential").Text("standing");

    private static long IslCalls(Rig rig) => rig.Sim.CallCounts.Where(calls => calls.Key != "/health").Sum(calls => calls.Value);

    private static async Task<string[]> NamesAsync(GatewayUnderTest gateway)
    {
        var prefix = gateway.Services.GetRequiredService<RedisNames>().Epochs.Split(':')[0];
        var names = new List<string>();
        foreach (var server in gateway.Services.GetRequiredService<RedisConnection>().Multiplexer!.GetServers())
            await foreach (var name in server.KeysAsync(pattern: $"{prefix}:*")) names.Add(name!);
        return [.. names.Where(name => !name.Contains(":watch:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The counters of requests; what a poll of health moves is none of them.</summary>
    private static async Task<string> CountersAsync(Rig rig) => string.Join(
        '\n', (await rig.Gateway.MetricsAsync()).Split('\n').Where(line => Counters().IsMatch(line)));

    /// <summary>ISL's own status is not foretold where it was not seen.</summary>
    private static string WithoutStatus(string status) => FwdStatus().Replace(status, "");

    private static string WithoutTtl(string status) => Ttl().Replace(status, "ttl=N");

    [GeneratedRegex("; fwd-status=[0-9]+")]
    private static partial Regex FwdStatus();

    [GeneratedRegex("ttl=-?[0-9]+")]
    private static partial Regex Ttl();

    [GeneratedRegex("^(plot_isl_|isl_gateway_(requests|cache|saved|upstream_duration|queue_wait|mislabelled))")]
    private static partial Regex Counters();
}
