using System.Text.Json;
using IslGateway.Content;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Two gateway processes before one ISL and one Redis, each with a link to Redis of its own.</summary>
public sealed class TwoGateways : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly List<(RedisKey Name, byte[] Content)> _snapshot = [];
    private RedisProcess? _redis;
    private CuttableProxy[] _links = [];
    private GatewayProcess[] _gateways = [];
    private HttpClient[] _clients = [];
    private int _users;

    internal BeliefIsl Isl { get; private set; } = null!;

    /// <summary>What stands for the gateways' scope in the names that they share.</summary>
    internal string ScopeMark { get; } = Digest.OfText("two-gateways").ToString()[..16];

    internal RedisProcess Redis => _redis!;

    internal IReadOnlyList<CuttableProxy> Links => _links;

    public async ValueTask InitializeAsync()
    {
        if (!RedisProcess.IsAvailable) return;
        Isl = await BeliefIsl.StartAsync();
        _redis = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        _links = [new CuttableProxy(_redis.Port), new CuttableProxy(_redis.Port)];
        _gateways = [.. _links.Select(link => GatewayProcess.Start(
        [
            "--environment=Production", $"--Isl:BaseUrl={Isl.Address}", $"--ConnectionStrings:Redis=127.0.0.1:{link.Port}",
            "--Cache:Scope=two-gateways",
            "--Isl:MaxConnections=2000", "--Limits:MaxConcurrentUpstream=2000", "--Limits:MaxQueue=4000", "--Cache:LookupBudget=250ms",
        ]))];
        foreach (var gateway in _gateways) await gateway.BannerAsync();
        _clients = [.. _gateways.Select(gateway => new HttpClient { BaseAddress = gateway.Address })];
        await BothCacheAsync();
    }

    /// <summary>A user whom nobody has met.</summary>
    public string NewUser() => $"user-{Interlocked.Increment(ref _users)}";

    /// <summary>Asks a gateway for a user's queries.</summary>
    /// <returns>The number of updates that the answer knows of, and the account of the cache.</returns>
    public async Task<(int Beliefs, string Status)> ElicitAsync(int gateway, string user, int number)
    {
        using var response = await _clients[gateway]
            .PostAsync(Infrastructure.Isl.Elicit, $$"""{"user_id":"{{user}}","context":{},"num_queries":{{number}}}""");
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.TextAsync());
        return (body.RootElement.GetProperty("beliefs").GetInt32(), response.CacheStatus());
    }

    /// <summary>Sends an update of a user's beliefs; done when it is acknowledged.</summary>
    public async Task UpdateAsync(int gateway, string user)
    {
        using var response = await _clients[gateway]
            .PostAsync(Infrastructure.Isl.Update, $$"""{"user_id":"{{user}}","query_id":"q","response":"A"}""");
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Waits until both gateways cache session answers.</summary>
    public async Task BothCacheAsync()
    {
        for (var i = 0; i < _gateways.Length; i++)
        {
            var (gateway, user) = (i, NewUser());
            await Eventually.TrueAsync(
                async () => (await ElicitAsync(gateway, user, 1)).Status.Contains("; hit;", StringComparison.Ordinal),
                Soon, $"gateway {gateway} caches session answers");
        }
    }

    /// <summary>Takes down what Redis holds now.</summary>
    public async Task SnapshotAsync()
    {
        await using var connection = await PatientRedis.ConnectAsync(Redis.ConnectionString);
        _snapshot.Clear();
        foreach (var name in connection.GetServers()[0].Keys(pageSize: 10_000))
        {
            if (await connection.GetDatabase().KeyDumpAsync(name) is { } content) _snapshot.Add((name, content));
        }
    }

    /// <summary>Puts back what Redis held then, and nothing else.</summary>
    public async Task BringBackAsync()
    {
        await RawRedis.SendAsync(Redis.Port, "FLUSHALL");
        await using var connection = await PatientRedis.ConnectAsync(Redis.ConnectionString);
        var database = connection.GetDatabase();

        await Task.WhenAll(_snapshot.Select(record => database.KeyRestoreAsync(record.Name, record.Content, TimeSpan.FromHours(1))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var gateway in _gateways) await gateway.DisposeAsync();
        foreach (var link in _links) await link.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (Isl is not null) await Isl.DisposeAsync();
    }
}
