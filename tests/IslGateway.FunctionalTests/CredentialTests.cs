using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests;

/// <summary>A stored answer goes only to callers whom ISL would answer; ISL alone knows who they are.</summary>
public sealed class CredentialTests(RedisFixture redis)
{
    private const string Probe = "/cache/stats";
    private const string Key = "X-API-Key: alice-key";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Entry_OfAnotherCredential_IsNotServed()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var alice = await AskAsync(gateway, Key);
        using var bob = await AskAsync(gateway, "X-API-Key: bob-key");
        using var nobody = await AskAsync(gateway);
        using var thief = await AskAsync(gateway, "X-API-Key: alice-key ", "Authorization: Bearer x");

        Assert.Equal(Stored, alice.CacheStatus());
        Assert.Equal(Stored, bob.CacheStatus());
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        Assert.DoesNotContain("hit", thief.CacheStatus(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Partitioned")]
    [InlineData("Shared")]
    public async Task Refusal_OfAMiss_IsIslsOwnAndNeverStored(string scope)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"Cache:CredentialScope={scope}");

        for (var i = 0; i < 2; i++)
        {
            using var refused = await AskAsync(gateway, "X-API-Key: wrong", "X-Request-Id: mine");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Contains("\"source\":\"isl\"", Compact(await refused.TextAsync()), StringComparison.Ordinal);
            Assert.Contains("\"request_id\":\"mine\"", Compact(await refused.TextAsync()), StringComparison.Ordinal);
            Assert.StartsWith("IslGateway; fwd=miss; fwd-status=401", refused.CacheStatus(), StringComparison.Ordinal);
        }

        using var accepted = await AskAsync(gateway, Key);
        Assert.Equal(Stored, accepted.CacheStatus());
    }

    [Fact]
    public async Task SharedEntry_IsServedToEveryProvenCallerAndToNobodyElse()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:CredentialScope=Shared");
        using var alice = await AskAsync(gateway, Key);

        using var bob = await AskAsync(gateway, "X-API-Key: bob-key");
        using var wrong = await AskAsync(gateway, "X-API-Key: wrong", "X-Request-Id: mine");
        using var nobody = await AskAsync(gateway);

        Assert.StartsWith("IslGateway; hit", bob.CacheStatus(), StringComparison.Ordinal);
        foreach (var refused in (HttpResponseMessage[])[wrong, nobody])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("IslGateway; fwd=miss; fwd-status=401; detail=refused-credential", refused.CacheStatus());
            Assert.Contains("\"source\":\"isl\"", Compact(await refused.TextAsync()), StringComparison.Ordinal);
        }

        Assert.Contains("\"request_id\":\"mine\"", Compact(await wrong.TextAsync()), StringComparison.Ordinal);
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
        Assert.Equal(["bob-key", "wrong", null], isl.State.LastCalls(Probe).Select(call => call.Header("X-API-Key")));
    }

    [Fact]
    public async Task Key_Revoked_IsRefusedOnceTheProofIsOld()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Credentials:Recheck=300ms");
        using var miss = await AskAsync(gateway, Key);
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });

        var statuses = new List<(HttpStatusCode Status, string CacheStatus)>();
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await AskAsync(gateway, Key);
                statuses.Add((answer.StatusCode, answer.CacheStatus()));
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            Soon, "the revoked key is refused");

        // Refused for good: no later request falls back to the entry.
        using var after = await AskAsync(gateway, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.All(statuses.SkipLast(1), answer => Assert.StartsWith("IslGateway; hit", answer.CacheStatus, StringComparison.Ordinal));
        Assert.Equal("IslGateway; fwd=miss; fwd-status=401; detail=refused-credential", statuses[^1].CacheStatus);
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Key_RefusedAnywhere_LosesItsProofAtOnce()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var miss = await AskAsync(gateway, Key);
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using var other = await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);

        using var refused = await AskAsync(gateway, Key);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Entry_OfARestartedGatewayWithoutItsProof_TakesOneProbeUnderTheCallersOwnHeaders()
    {
        await using var isl = await StartIslAsync();
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using (var before = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings))
        {
            await before.RedisIsUpAsync();
            using var miss = await AskAsync(before, Key);
            Assert.Equal(Stored, miss.CacheStatus());
        }

        await using var after = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await after.RedisIsUpAsync();
        Assert.True(await after.Redis.KeyDeleteAsync(after.ProofOf("alice-key")));
        Assert.Empty(isl.State.LastCalls(Probe));
        using var first = await AskAsync(after, [Key, .. UnlistedHeaders, "X-Request-Id: mine"]);
        using var second = await AskAsync(after, Key);

        Assert.EndsWith("detail=redis", first.CacheStatus(), StringComparison.Ordinal);
        Assert.EndsWith("detail=memory", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
        var probe = Assert.Single(isl.State.LastCalls(Probe));
        Assert.Equal("GET", probe.Method);
        Assert.Equal(Probe, probe.Target);
        Assert.Equal(0, probe.BodySize);
        AssertOnlyListed(probe, ["X-API-Key: alice-key", "X-Request-Id: mine", "Accept: application/json", "Accept-Encoding: identity"]);
    }

    [Fact]
    public async Task HundredHits_WithAnUnprovenCredential_AreOneProbe()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Cache:CredentialScope=Shared", "Credentials:ProbeTimeout=10s");
        using var miss = await AskAsync(gateway, Key);
        isl.State.Hang(Probe);

        var hits = Enumerable.Range(0, 100).Select(_ => AskAsync(gateway, "X-API-Key: bob-key")).ToArray();
        await Eventually.TrueAsync(() => isl.State.LastCalls(Probe).Count > 0, Soon, "the probe is under way");
        isl.State.ReleaseHang();
        var answers = await Task.WhenAll(hits);

        Assert.All(answers, answer => Assert.StartsWith("IslGateway; hit", answer.CacheStatus(), StringComparison.Ordinal));
        Assert.Single(isl.State.LastCalls(Probe));
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
        foreach (var answer in answers) answer.Dispose();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Probe_ThatDoesNotTell_SendsTheCallerUpstream(int status)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:CredentialScope=Shared");
        using var miss = await AskAsync(gateway, Key);
        isl.State.Update(knobs => knobs with { RawBodies = [new(Probe, """{"detail":"no"}""", Status: status)] });

        using var bob = await AskAsync(gateway, "X-API-Key: bob-key");

        Assert.Equal(HttpStatusCode.OK, bob.StatusCode);
        Assert.DoesNotContain("hit", bob.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(["alice-key", "bob-key"], isl.State.LastCalls(Isl.Validate).Select(call => call.Header("X-API-Key")));
    }

    [Fact]
    public async Task Fill_PageInThePlaceOfIsl_ProvesNothing()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:CredentialScope=Shared");
        isl.State.Update(knobs => knobs with { RawBodies = [new(Isl.Validate, "<h1>Back soon</h1>", "text/html")] });

        using var page = await AskAsync(gateway, Key);

        Assert.Equal(HttpStatusCode.BadGateway, page.StatusCode);
        Assert.False(gateway.IsProven("alice-key"));
    }

    [Fact]
    public async Task Probe_ThatHangs_HoldsTheCallerNoLongerThanProbeTimeout()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Cache:CredentialScope=Shared", "Credentials:ProbeTimeout=200ms");
        using var miss = await AskAsync(gateway, Key);
        isl.State.Hang(Probe);

        using var bob = await AskAsync(gateway, "X-API-Key: bob-key")
            .WaitAsync(Soon, TimeProvider.System, TestContext.Current.CancellationToken);
        isl.State.ReleaseHang();

        Assert.Equal(HttpStatusCode.OK, bob.StatusCode);
        Assert.DoesNotContain("hit", bob.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("bob-key", isl.State.LastCalls(Isl.Validate)[^1].Header("X-API-Key"));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task OldProof_WhileTheProbeCannotTell_StillHolds(int status)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Credentials:Recheck=10ms");
        using var miss = await AskAsync(gateway, Key);
        isl.State.Update(knobs => knobs with { RawBodies = [new(Probe, "{}", Status: status)] });

        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await AskAsync(gateway, Key);
                Assert.StartsWith("IslGateway; hit", answer.CacheStatus(), StringComparison.Ordinal);
                return isl.State.LastCalls(Probe).Count > 0;
            },
            Soon, "a hit was preceded by a probe");
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    /// <summary>ISL says 500 where it means 429: that, too, is about who asked.</summary>
    [Fact]
    public async Task RateLimitOfTheLeader_IsNotForThoseWhoWaitWithIt()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["alice-key", "bob-key"], RateLimitPerMinute = 4 },
            "Cache:CredentialScope=Shared", "Limits:MaxConcurrentUpstream=1");
        static string Body(string name) => Isl.ValidateBody.Replace("Price", name, StringComparison.Ordinal);
        for (var i = 0; i < 4; i++) Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Body($"P{i}"), Key));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Body("Bob"), "X-API-Key: bob-key"));

        // Bob holds the only place, so that Alice's fill waits until he has joined it.
        rig.Sim.Hang(Isl.Validate);
        var held = rig.PostAsync(Isl.Validate, Body("Held"), "X-API-Key: bob-key");
        await rig.HoldsAsync(1);
        var leading = rig.PostAsync(Isl.Validate, Body("Both"), Key);
        await rig.HoldsAsync(2);
        var waiting = rig.PostAsync(Isl.Validate, Body("Both"), "X-API-Key: bob-key");
        await rig.HoldsAsync(3);
        rig.Sim.ReleaseHang();

        using var first = await held;
        using var alice = await leading;
        using var bob = await waiting;
        Assert.Equal(HttpStatusCode.InternalServerError, alice.StatusCode);
        Assert.Equal(HttpStatusCode.OK, bob.StatusCode);
    }

    [Fact]
    public async Task AnonymousCallers_WhenIslHasNoKeys_ShareTheirHits()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var first = await AskAsync(gateway);
        using var second = await AskAsync(gateway, "Cookie: someone=else");

        Assert.Equal(Stored, first.CacheStatus());
        Assert.StartsWith("IslGateway; hit", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Empty(isl.State.LastCalls(Probe));
    }

    [Fact]
    public async Task AnonymousCaller_OnceIslWantsKeys_IsRefused()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Credentials:Recheck=10ms");
        using var miss = await AskAsync(gateway);
        isl.State.Update(knobs => knobs with { ApiKeys = ["alice-key"] });

        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await AskAsync(gateway);
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            Soon, "the anonymous caller is refused");
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Fill_SendsOnlyWhatIsListed()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var answer = await AskAsync(
            gateway,
            [Key, "Authorization: Bearer t", "Accept: application/xml", "X-Request-Id: mine", "tracestate: a=b", .. UnlistedHeaders]);

        Assert.Equal(Stored, answer.CacheStatus());
        var call = Assert.Single(isl.State.LastCalls(Isl.Validate));
        AssertOnlyListed(call, [
            "X-API-Key: alice-key", "Authorization: Bearer t", "Accept: application/json", "X-Request-Id: mine",
            "Accept-Encoding: identity",
            "tracestate: a=b", "Content-Type: application/json", $"Content-Length: {Encoding.UTF8.GetByteCount(Isl.ValidateBody)}",
        ]);
        Assert.DoesNotContain("-b7ad6b7169203331-", call.Header("traceparent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_IsNotInMetrics()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var answer = await AskAsync(gateway, Key);

        Assert.DoesNotContain("alice", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    /// <summary>What callers send and a fill must not: each could change ISL's answer without changing the key.</summary>
    private static readonly string[] UnlistedHeaders =
    [
        "Cookie: a=1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6",
        "Accept-Language: de", "X-HTTP-Method-Override: DELETE", "baggage: user=alice", "X-Evil: yes", "X-Trace-Id: evil",
        "x-olumi-payload-hash: evil", "X-Timeout-Ms: 5000", "User-Agent: evil/1", "Accept-Charset: utf-16", "Via: 1.1 evil",
        "Referer: http://evil",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Correlation-Context: a=b", "Request-Id: |evil.1.",
    ];

    private static async Task<SimulatorHost> StartIslAsync() =>
        await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["alice-key", "bob-key"] });

    private static Task<HttpResponseMessage> AskAsync(GatewayUnderTest gateway, params string[] headers) =>
        gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, headers);

    /// <summary>These headers, Host, the caller's trace, the peer's own address, and the gateway alone in Via.</summary>
    private static void AssertOnlyListed(CallRecord call, string[] expected)
    {
        string[] contextual = ["Host", "traceparent", "X-Forwarded-For", "Via"];
        Assert.Equal(
            expected.Select(Lowered).Order(StringComparer.Ordinal),
            call.Headers.Where(header => !contextual.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
                .Select(header => Lowered($"{header.Key}: {header.Value}")).Order(StringComparer.Ordinal));
        Assert.Equal("127.0.0.1", call.Header("X-Forwarded-For"));
        Assert.Matches("^1.1 isl-gateway-[0-9a-f]{16}$", call.Header("Via"));
        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-0[01]$", call.Header("traceparent"));
    }

    /// <summary>A header line with its name in lower case: names are compared so.</summary>
    private static string Lowered(string header) =>
        header.Split(':')[0].ToLowerInvariant() + header[header.IndexOf(':', StringComparison.Ordinal)..];

    private static string Compact(string json) => json.Replace(": ", ":", StringComparison.Ordinal);
}
