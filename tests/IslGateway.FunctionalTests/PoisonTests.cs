using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Everything that a gateway keeps in Redis, one name after the other, is lost or spoilt in every way: callers get what ISL says, never
/// what was purged, updated, or another's; and what stands there tells nobody's secrets.
/// </summary>
public sealed class PoisonTests(RedisFixture redis)
{
    private const string Key = "X-API-Key: alice-secret-key";
    private const string Query = """{"user_id":"carol@example.org","context":{"domain":"pricing"},"num_queries":2}""";
    private const string Answer = """{"user_id":"carol@example.org","query_id":"q1","response":"A"}""";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("deleted")]
    [InlineData("emptied")]
    [InlineData("foreign")]
    [InlineData("truncated")]
    [InlineData("one bit off")]
    [InlineData("a list")]
    [InlineData("a hash")]
    [InlineData("another's")]
    public async Task Record_LostOrSpoilt_NoOldOrWrongAnswerComesOfIt(string how)
    {
        await using var isl = await StartIslAsync();
        var prefix = redis.NewPrefix();
        await using var writer = await StartAsync(isl, prefix);
        await UseAllAsync(writer, prefix);
        isl.State.Update(knobs => knobs with { RevokedKeys = ["revoked-key"] });
        using (var refused = await writer.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: revoked-key"))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        // ISL answers otherwise from here on: the purged answer and the old queries can be told from the new ones.
        var (oldEffect, oldQueries) = (await TextAsync(
            writer, Isl.Counterfactual, Isl.CounterfactualBody), await SafeQueriesAsync(writer));
        isl.State.Update(knobs => knobs with { Drifting = [Isl.Counterfactual] });
        using (var purged = await writer.ManagementClient.DeleteAsync(
            "/api/cache?endpoint=CausalCounterfactual", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        using (var updated = await writer.Client.PostAsync(Isl.Update, Answer, Key)) Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        var (effect, queries) = (await TextAsync(
            writer, Isl.Counterfactual, Isl.CounterfactualBody), await SafeQueriesAsync(writer));
        Assert.NotEqual(oldEffect, effect);
        Assert.NotEqual(oldQueries, queries);
        await AreInRedisAsync(writer, prefix, 5);

        // Answers first: once the tokens that they are filed under are gone, nobody looks at them any more.
        foreach (var name in (await NamesAsync(writer, prefix)).OrderByDescending(IsAnswer))
        {
            // A gateway without a memory of its own: whatever it says comes from Redis or from ISL.
            var spoilt = await SpoilAsync(writer.Redis, name, how, await NamesAsync(writer, prefix));
            await using var reader = await StartAsync(isl, prefix);
            foreach (var gateway in (GatewayUnderTest[])[reader, writer])
            {
                Assert.Equal(effect, await TextAsync(gateway, Isl.Counterfactual, Isl.CounterfactualBody));
                Assert.Equal(queries, await TextAsync(gateway, Isl.Elicit, Query));
                using var refused = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: revoked-key");
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            }

            // What every gateway goes by does not stay as it is.
            if (spoilt is null || Kind(name) is not ("tokens" or "gateways" or "proof")) continue;
            await Eventually.TrueAsync(
                async () => await writer.Redis.KeyDumpAsync(name) is not { } now || !now.SequenceEqual(spoilt), Soon,
                $"{name}, {how}, is replaced or removed");
        }
    }

    [Fact]
    public async Task Record_Always_ExpiresAndTellsNoSecrets()
    {
        await using var isl = await StartIslAsync();
        var prefix = redis.NewPrefix();
        await using var gateway = await StartAsync(isl, prefix);
        await UseAllAsync(gateway, prefix);

        var names = await NamesAsync(gateway, prefix);
        string[] kinds =
            ["CausalValidate", "CausalCounterfactual", "PreferencesElicit", "proof", "belief", "everyone", "tokens", "gateways"];
        Assert.All(kinds, kind => Assert.Contains(names, name => name.StartsWith($"{prefix}:v1:{kind}", StringComparison.Ordinal)));
        foreach (var name in names)
        {
            Assert.True(await gateway.Redis.KeyTimeToLiveAsync(name) is not null, $"{name} never expires");
            Assert.DoesNotContain("secret", name, StringComparison.Ordinal);
            Assert.DoesNotContain("carol", name, StringComparison.Ordinal);
            var bytes = Encoding.Latin1.GetString(await gateway.Redis.KeyDumpAsync(name) ?? []);
            Assert.DoesNotContain("secret-key", bytes, StringComparison.Ordinal);
        }
    }

    /// <summary>Another format version keeps its own names on the same server: neither sees, spoils or needs the other's.</summary>
    [Fact]
    public async Task Records_OfAnotherFormatVersion_AreLeftAlone()
    {
        await using var isl = await StartIslAsync();
        var prefix = redis.NewPrefix();
        await using var gateway = await StartAsync(isl, prefix);
        await UseAllAsync(gateway, prefix);
        var names = await NamesAsync(gateway, prefix);
        var later = names.Select(name => name.Replace(":v1:", ":v2:", StringComparison.Ordinal)).ToList();
        foreach (var name in later) await gateway.Redis.StringSetAsync(name, "a later format", TimeSpan.FromMinutes(1));

        await using var another = await StartAsync(isl, prefix);
        using var found = await another.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        Assert.EndsWith("detail=redis", found.CacheStatus(), StringComparison.Ordinal);
        foreach (var name in later) Assert.Equal("a later format", await gateway.Redis.StringGetAsync(name));
        Assert.DoesNotContain("reason=\"garbage\"} 1", await another.MetricsAsync(), StringComparison.Ordinal);
    }

    /// <summary>Makes a gateway write a record of every kind.</summary>
    private static async Task UseAllAsync(GatewayUnderTest gateway, string prefix)
    {
        foreach (var (path, body) in ((string, string)[])[(Isl.Validate, Isl.ValidateBody), (Isl.Counterfactual, Isl.CounterfactualBody)])
        {
            using var stored = await gateway.Client.PostAsync(path, body, Key);
            Assert.Equal("IslGateway; fwd=miss; stored", stored.CacheStatus());
        }

        await SafeQueriesAsync(gateway);
        using var refused = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: wrong-secret-key");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await AreInRedisAsync(gateway, prefix, 3);
    }

    private static Task AreInRedisAsync(GatewayUnderTest gateway, string prefix, int answers) => Eventually.TrueAsync(
        async () => (await NamesAsync(gateway, prefix)).Count(IsAnswer) >= answers, Soon, $"{answers} answers are in Redis");

    private static bool IsAnswer(string name) => char.IsUpper(Kind(name)[0]);

    private static string Kind(string name) => name.Split(':')[2];

    private static async Task<string> TextAsync(GatewayUnderTest gateway, string path, string body)
    {
        using var answer = await gateway.Client.PostAsync(path, body, Key, "X-Request-Id: same");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.TextAsync();
    }

    /// <summary>Asks until session answers are safe: a machine that is busy may have held up a heartbeat.</summary>
    private static async Task<string> SafeQueriesAsync(GatewayUnderTest gateway)
    {
        var text = "";
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await gateway.Client.PostAsync(Isl.Elicit, Query, Key, "X-Request-Id: same");
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                text = await answer.TextAsync();
                return !answer.CacheStatus().EndsWith("session-unsafe", StringComparison.Ordinal);
            },
            Soon, "session answers are safe");
        return text;
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(GatewayUnderTest gateway, string prefix)
    {
        var names = new List<string>();
        await foreach (var name in gateway.Redis.Multiplexer.GetServers()[0].KeysAsync(pattern: prefix + ":*")) names.Add((string)name!);
        return names;
    }

    /// <returns>What stands there then, as Redis dumps it.</returns>
    private static async Task<byte[]?> SpoilAsync(IDatabase redis, string name, string how, IReadOnlyList<string> names)
    {
        var life = TimeSpan.FromMinutes(1);
        var value = await redis.KeyTypeAsync(name) == RedisType.String ? (byte[])(await redis.StringGetAsync(name))! : [1, 2, 3, 4];
        var another = names.FirstOrDefault(other => other != name && Kind(other) == Kind(name)) ?? names.First(other => other != name);

        // At once: the gateways may write there between a removal and what follows it.
        var exchange = redis.CreateTransaction();
        _ = exchange.KeyDeleteAsync(name);
        switch (how)
        {
            case "emptied": _ = exchange.StringSetAsync(name, "", life); break;
            case "foreign": _ = exchange.StringSetAsync(name, "who put this here?", life); break;
            case "truncated": _ = exchange.StringSetAsync(name, value[..(value.Length / 2)], life); break;
            case "one bit off":
                if (value.Length > 0) value[value.Length / 2] ^= 1;
                _ = exchange.StringSetAsync(name, value, life);
                break;
            case "a list": _ = exchange.ListLeftPushAsync(name, "x"); break;
            case "a hash": _ = exchange.HashSetAsync(name, "x", "y"); break;
            case "another's": _ = exchange.KeyCopyAsync(another, name, replace: true); break;
        }

        await exchange.ExecuteAsync();
        return await redis.KeyDumpAsync(name);
    }

    private async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, string prefix)
    {
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={prefix}");
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(
        new SimulatorOptions { Latency = 0, ApiKeys = ["alice-secret-key", "revoked-key"] });
}
