using System.Text;
using IslSimulator;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>One simulated ISL and one Redis, before which gateways with and without <c>Cache:EncryptionKeys</c> come and go.</summary>
internal sealed class SealedStage(SimulatorHost isl, ConnectionMultiplexer redis, string prefix) : IAsyncDisposable
{
    public const string Alice = "X-API-Key: alice-key";
    public const string Stored = "IslGateway; fwd=miss; stored";
    public const string StoredAnew = "IslGateway; fwd=request; stored";

    /// <summary>Stands in question and answer.</summary>
    public const string Marker = "PriceOfTheSecretProduct";

    public const string Body =
        $$"""{"dag":{"nodes":["{{Marker}}","Revenue"],"edges":[["{{Marker}}","Revenue"]]},"treatment":"{{Marker}}","outcome":"Revenue"}""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public SimulatorState Isl => isl.State;

    public SimulatorHost Host => isl;

    public long Calls => isl.State.Calls(Infrastructure.Isl.Validate);

    public static async Task<SealedStage> StartAsync(RedisFixture redis) => new(
        await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["alice-key", "bob-key"] }),
        await PatientRedis.ConnectAsync(redis.ConnectionString), redis.NewPrefix());

    /// <summary>The text of a key that this number stands for.</summary>
    public static string KeyOf(int number) => Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)(number + i))]);

    /// <summary>Starts a gateway with these keys, the newest first; none: one without.</summary>
    public Task<GatewayUnderTest> GatewayAsync(params int[] keys) => GatewayAsync([], keys);

    public async Task<GatewayUnderTest> GatewayAsync(string[] settings, params int[] keys)
    {
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            [
                $"ConnectionStrings:Redis={redis.Configuration}", $"Cache:Prefix={prefix}", "Lease:Ttl=10s",
                .. keys.Select((number, place) => $"Cache:EncryptionKeys:{place}={KeyOf(number)}"), .. settings,
            ]);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    /// <summary>Asks the question, and gives the account of the cache.</summary>
    public static async Task<string> AskAsync(GatewayUnderTest gateway, params string[] headers)
    {
        using var answer = await gateway.Client.PostAsync(Infrastructure.Isl.Validate, Body, [Alice, .. headers]);
        var text = await answer.TextAsync();
        if (answer.IsSuccessStatusCode) Assert.Contains(Marker, text, StringComparison.Ordinal);
        return answer.IsSuccessStatusCode ? answer.CacheStatus() : answer.StatusCode.ToString();
    }

    /// <summary>Asks for what is stored alone, so that nothing new comes to be.</summary>
    public static Task<string> LookAsync(GatewayUnderTest gateway) => AskAsync(gateway, "Cache-Control: only-if-cached");

    /// <summary>Asks what is not stored anywhere yet, and waits until the entry is in Redis.</summary>
    /// <returns>Its name.</returns>
    public async Task<RedisKey> StoreAsync(GatewayUnderTest gateway)
    {
        var before = Entries();
        Assert.Equal(Stored, await AskAsync(gateway));
        await Eventually.TrueAsync(() => Entries().Except(before).Count() == 1, Soon, "the entry is in Redis");
        await Eventually.TrueAsync(() => gateway.Redis.KeyExistsAsync(gateway.ProofOf("alice-key")), Soon, "the proof is in Redis");
        return Entries().Except(before).Single();
    }

    /// <summary>Takes something out of Redis.</summary>
    public Task RemoveAsync(RedisKey name) => redis.GetDatabase().KeyDeleteAsync(name);

    /// <summary>The names of all entries.</summary>
    public IReadOnlyList<RedisKey> Entries() =>
        [.. Names().Where(name => name.ToString().StartsWith($"{prefix}:v1:CausalValidate:", StringComparison.Ordinal))];

    /// <summary>Whether anything in Redis, names included, holds the marker or the mark of an answer in clear text.</summary>
    public async Task<bool> IsReadableAsync()
    {
        var database = redis.GetDatabase();
        foreach (var name in Names())
        {
            RedisValue[] parts = await database.KeyTypeAsync(name) switch
            {
                RedisType.String => [await database.StringGetAsync(name)],
                RedisType.Hash => [.. (await database.HashGetAllAsync(name)).SelectMany(field => (RedisValue[])[field.Name, field.Value])],
                _ => [],
            };
            if (parts.Append(name.ToString()).Any(part => IsReadable((byte[]?)part))) return true;
        }

        return false;
    }

    /// <summary>What a gateway has counted.</summary>
    public static async Task<double> ErrorsAsync(GatewayUnderTest gateway, string reason) =>
        Exposition.Parse(await gateway.MetricsAsync()).Sum("isl_gateway_cache_errors_total", "tier=\"redis\"", $"reason=\"{reason}\"");

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await isl.DisposeAsync();
    }

    private IReadOnlyList<RedisKey> Names() =>
        [.. redis.GetServers().Where(server => server.IsConnected && !server.IsReplica)
            .SelectMany(server => server.Keys(pattern: $"{prefix}:*"))];

    private static bool IsReadable(byte[]? value) =>
        value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)) >= 0 || value.AsSpan().IndexOf("application/json"u8) >= 0
            || value.AsSpan().IndexOf("ISLA"u8) >= 0;
}
