using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Who may change something through the management listener, and what the API shows of the gateway.</summary>
public sealed class OperationsApiTests
{
    private const string Purge = "DELETE /api/cache?all=true";

    [Theory]
    [InlineData(Purge, 200, "Host: localhost")]
    [InlineData(Purge, 200, "Host: 127.0.0.1:1234")]
    [InlineData(Purge, 403, "Host: gateway.example")]
    [InlineData(Purge, 403, "Host: xn--")]
    [InlineData(Purge, 403, "Host: localhost", "Origin: http://evil.example")]
    [InlineData(Purge, 403, "Host: localhost", "Origin: null")]
    [InlineData(Purge, 200, "Host: localhost:81", "Origin: http://localhost:81")]
    [InlineData(Purge, 403, "Host: localhost", "X-Forwarded-For: 127.0.0.1")]
    [InlineData(Purge, 403, "Host: localhost", "Forwarded: for=127.0.0.1")]
    [InlineData("DELETE /api/cache", 403, "Host: gateway.example")]
    [InlineData("DELETE /API/Cache", 403, "Host: gateway.example")]
    [InlineData("DELETE /%61pi/cache?all=true", 403, "Host: gateway.example")]
    [InlineData("DELETE /api/nothing", 403, "Host: gateway.example")]
    [InlineData("POST /api/stats", 403, "Host: gateway.example")]
    [InlineData("GET /api/stats", 200, "Host: gateway.example", "Origin: http://evil.example")]
    [InlineData("HEAD /api/stats", 200, "Host: gateway.example")]
    [InlineData("DELETE /api/cache", 400, "Host: localhost")]
    [InlineData("DELETE /api/nothing", 404, "Host: localhost")]
    [InlineData("DELETE /api", 404, "Host: localhost")]
    [InlineData("GET /api/nothing", 404, "Host: gateway.example")]
    [InlineData("POST /api/v1/causal/validate", 404, "Host: gateway.example", "X-Forwarded-For: 10.0.0.1")]
    [InlineData("POST /api/stats", 405, "Host: localhost")]
    [InlineData("GET /api/cache", 405, "Host: gateway.example")]
    public async Task WithoutKeys_OnlyThisMachineItselfMayChangeAnything(string call, int status, params string[] headers)
    {
        await using var rig = await Rig.StartAsync();

        var answer = await AskAsync(rig.Gateway.Management, call, headers);

        Assert.Equal(status, answer.Status);
        if (status == 403) Assert.Contains("Management:ApiKeys", answer.Text, StringComparison.Ordinal);
        if (status == 405) Assert.Equal(call.Contains("stats", StringComparison.Ordinal) ? "GET, HEAD" : "DELETE", answer.Header("Allow"));
        if (status >= 400) AssertProblem(answer);
    }

    [Theory]
    [InlineData("all=true", "purge: everything; done, Redis: off. By this machine from 127.0.0.1 (request ")]
    [InlineData(
"endpoint=CausalValidate&endpoint=Contrastive&user=alice",
"purge: CausalValidate, Contrastive, one user; done, Redis: off. By this machine from 127.0.0.1 (request ")]
    [InlineData("user=alice&user=bob", "purge: 2 users; done, Redis: off. By this machine from 127.0.0.1 (request ")]
    public async Task Purge_TheLogSaysWhatWasPurgedAndNobodysName(string query, string line)
    {
        await using var rig = await Rig.StartAsync("Cache:SingleInstance=true", "Logging:LogLevel:IslGateway.Operations=Information");
        using var logs = RecordedLogs.Of(rig.Gateway);

        var answer = await AskAsync(rig.Gateway.Management, $"DELETE /api/cache?{query}", ["Host: localhost"]);

        Assert.Equal(200, answer.Status);
        Assert.Contains(
            line, Assert.Single(logs.Lines, entry => entry.Contains("purge:", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(logs.Lines, entry => entry.Contains("alice", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Purge, 200, "Authorization: Bearer new-key")]
    [InlineData(Purge, 200, "Authorization: bearer old-key")]
    [InlineData(Purge, 200, "Authorization: Bearer new-key", "Origin: http://console.example", "X-Forwarded-For: 10.0.0.1")]
    [InlineData(Purge, 401)]
    [InlineData(Purge, 401, "Authorization: Bearer wrong-key")]
    [InlineData(Purge, 401, "Authorization: Bearer new-key", "Authorization: Bearer new-key")]
    [InlineData("DELETE /api/cache", 401)]
    [InlineData("DELETE /api/cache", 400, "Authorization: Bearer new-key")]
    [InlineData("DELETE /api/nothing", 401)]
    [InlineData("DELETE /api/nothing", 404, "Authorization: Bearer new-key")]
    [InlineData("POST /api/stats", 401)]
    [InlineData("POST /api/stats", 405, "Authorization: Bearer new-key")]
    [InlineData("GET /api/stats", 200)]
    public async Task WithKeys_EitherOfThemIsTaken(string call, int status, params string[] headers)
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=new-key,old-key");

        var answer = await AskAsync(rig.Gateway.Management, call, ["Host: gateway.example", .. headers]);

        Assert.Equal(status, answer.Status);
        if (status == 401) Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        if (status >= 400) AssertProblem(answer);
    }

    [Fact]
    public async Task Keys_Exchanged_FollowAReload()
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=old-key");
        var configuration = (IConfigurationRoot)rig.Gateway.Services.GetRequiredService<IConfiguration>();
        Assert.Equal(200, (await AskAsync(rig.Gateway.Management, Purge, "Host: localhost", "Authorization: Bearer old-key")).Status);

        configuration["Management:ApiKeys"] = "new-key";
        configuration.Reload();

        Assert.Equal(401, (await AskAsync(rig.Gateway.Management, Purge, "Host: localhost", "Authorization: Bearer old-key")).Status);
        Assert.Equal(200, (await AskAsync(rig.Gateway.Management, Purge, "Host: localhost", "Authorization: Bearer new-key")).Status);
    }

    [Fact]
    public async Task Body_NotSentYet_IsNotWaitedFor()
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=new-key");

        var answer = await AskAsync(rig.Gateway.Management, Purge, "Host: localhost", "Content-Length: 1000000", "Expect: 100-continue");

        Assert.Equal(401, answer.Status);
    }

    [Fact]
    public async Task DataPlane_DoesNotServeTheApi()
    {
        await using var rig = await Rig.StartAsync();

        foreach (var call in (string[])["GET /api/stats", Purge])
        {
            var answer = await AskAsync(rig.Gateway.Address, call, "Host: localhost");
            Assert.Equal(404, answer.Status);
            Assert.Equal("IslGateway; fwd=bypass; fwd-status=404; detail=unknown-endpoint", answer.Header("Cache-Status"));
        }
    }

    [Fact]
    public async Task Stats_AfterTraffic_AreTheCountersOfTheEndpointsThatHadAny()
    {
        await using var rig = await Rig.StartAsync();
        for (var i = 0; i < 4; i++) (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        (await rig.PostAsync(Isl.Validate, "{}")).Dispose();
        (await rig.PostAsync("/api/v1/nothing", "{}")).Dispose();

        var stats = await StatsAsync(rig);

        Assert.Equal("On", stats.GetProperty("mode").GetString());
        Assert.True(stats.GetProperty("uptime_seconds").GetDouble() > 0);
        var epoch = Assert.Single(stats.GetProperty("epochs").EnumerateArray());
        Assert.Equal(
            ("isl-1", rig.Host.BaseAddress.GetLeftPart(UriPartial.Authority), "sim-0001"),
            (epoch.GetProperty("replica").GetString(), epoch.GetProperty("address").GetString(), epoch.GetProperty("build").GetString()));
        var tiers = stats.GetProperty("tiers");
        Assert.Equal(
            (1, 256 << 20),
            (tiers.GetProperty("memory").GetProperty("entries").GetInt32(),
                tiers.GetProperty("memory").GetProperty("limit_bytes").GetInt32()));
        Assert.Equal("off", tiers.GetProperty("redis").GetProperty("state").GetString());
        Assert.Equal(
            [Isl.Validate, "other"],
            stats.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetProperty("endpoint").GetString()));
        var validate = EndpointOf(stats, Isl.Validate);
        Assert.Equal("CausalValidate", validate.GetProperty("name").GetString());
        Assert.Equal(
            (5, 1, 3, 2), (Count(validate, "requests"), Count(validate, "errors"), Count(validate, "hits"), Count(validate, "misses")));
        Assert.Equal(0.6, validate.GetProperty("hit_ratio").GetDouble());
        Assert.Equal("""{"memory":3,"status-not-ok":1,"stored":1}""", validate.GetProperty("cache").GetRawText());
        Assert.True(validate.GetProperty("saved_seconds").GetDouble() > 0);
        Assert.True(validate.GetProperty("latency_mean_seconds").GetDouble() > 0);
        Assert.Equal(2, Count(validate.GetProperty("upstream"), "calls"));
        Assert.Equal(JsonValueKind.Null, validate.GetProperty("observed").ValueKind);
        Assert.Equal(1, Count(EndpointOf(stats, "other"), "requests"));
    }

    [Fact]
    public async Task Stats_InObserveMode_TellWhatTheCacheWouldHaveDone()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0 }, "Cache:Mode=Observe");
        for (var i = 0; i < 4; i++)
        {
            if (i == 3) rig.Sim.Degraded = true;
            (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        }

        var stats = await StatsAsync(rig);

        Assert.Equal("Observe", stats.GetProperty("mode").GetString());
        Assert.Equal("""{"equal":2,"different":1,"miss":1}""", EndpointOf(stats, Isl.Validate).GetProperty("observed").GetRawText());
    }

    private static void AssertProblem(RawAnswer answer)
    {
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        if (answer.Body.Length == 0) return;
        using var problem = JsonDocument.Parse(answer.Text);
        Assert.Equal("isl-gateway", problem.RootElement.GetProperty("source").GetString());
        Assert.Equal(answer.Header("X-Request-Id"), problem.RootElement.GetProperty("request_id").GetString());
    }

    private static Task<RawAnswer> AskAsync(Uri address, string call, params string[] headers) =>
        RawHttp.ExchangeAsync(address, RawHttp.Request("", [$"{call} HTTP/1.1", .. headers]));

    private static async Task<JsonElement> StatsAsync(Rig rig)
    {
        using var document = JsonDocument.Parse(
            await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    private static JsonElement EndpointOf(JsonElement stats, string endpoint) =>
        stats.GetProperty("endpoints").EnumerateArray().Single(one => one.GetProperty("endpoint").GetString() == endpoint);

    private static int Count(JsonElement element, string member) => element.GetProperty(member).GetInt32();
}
