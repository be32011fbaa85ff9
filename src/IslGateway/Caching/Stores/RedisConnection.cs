using System.Diagnostics.CodeAnalysis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The gateway's connection to Redis. It is made and kept in the background: neither the start nor a request ever waits for it. Whether Redis
/// answers on it is for <see cref="RedisWatch"/> to find out.
/// </summary>
internal sealed class RedisConnection(SettingsMonitor settings, RedisBreaker breaker, TimeProvider time) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(1);

    // A change of address takes a restart.
    private readonly string? _connectionString = settings.Current.RedisConnectionString;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _connecting;
    private volatile ConnectionMultiplexer? _multiplexer;
    private volatile bool _up;
    private int _breaks;

    /// <summary>Told when Redis has come up, at first or again.</summary>
    public event Action? CameUp;

    /// <summary>Whether there is a Redis at all; without, the memory tier is alone.</summary>
    public bool IsConfigured => _connectionString is not null;

    /// <summary>Whether Redis is connected and answered lately, be it slowly.</summary>
    public bool IsUp => _up && IsConnected;

    /// <summary>Whether there is a connection that is not known to be broken.</summary>
    public bool IsConnected => _multiplexer is { IsConnected: true };

    /// <summary>Whether a server that is connected takes writes. A read-only replica does not.</summary>
    public bool HasPrimary => _multiplexer is { } multiplexer && multiplexer.GetServers().Any(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>Whether there are several nodes with keys of their own, and one at least is connected.</summary>
    public bool IsCluster => _multiplexer is { IsConnected: true } multiplexer && RedisTopology.IsCluster(multiplexer);

    /// <summary>Whether a master of a cluster is not connected: what is asked of its keys may wander between the others without an answer.</summary>
    public bool LacksMaster => IsCluster && _multiplexer!.GetServers().Any(server => server is { IsReplica: false, IsConnected: false });

    /// <summary>How often a connection for commands was lost. What follows one may be another server, or the same with older data.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    /// <summary>Null until the first attempt to connect has ended, well or not.</summary>
    public IConnectionMultiplexer? Multiplexer => _multiplexer;

    /// <summary>Done when the first attempt to connect has ended, well or not.</summary>
    public Task Attempted => _attempted.Task;

    /// <summary>The database, while <see cref="IsUp"/>.</summary>
    public bool TryGetDatabase([NotNullWhen(true)] out IDatabase? database)
    {
        database = IsUp ? _multiplexer!.GetDatabase() : null;
        return database is not null;
    }

    /// <summary>What the watch has found.</summary>
    public void SetUp(bool up)
    {
        var cameUp = up && !_up;
        _up = up;
        if (cameUp) CameUp?.Invoke();
    }

    /// <summary>Starts connecting and returns at once.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_connectionString is not null) _connecting = Task.Run(() => ConnectAsync(_connectionString, _stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>The connection lasts until it is disposed: requests that drain may still use it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        if (_connecting is not null) await _connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_multiplexer is { } multiplexer) await multiplexer.DisposeAsync();
        _up = false;
        _stop.Dispose();
    }

    // An unreachable server makes a multiplexer that goes on trying by itself; what throws (sentinels that know no primary) is tried anew.
    private async Task ConnectAsync(string connectionString, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var multiplexer = await ConnectionMultiplexer.ConnectAsync(RedisConnectionString.ToOptions(connectionString));
                multiplexer.ConnectionFailed += (_, failed) => OnFailed(failed);
                _multiplexer = multiplexer;
                _attempted.TrySetResult();
                return;
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                _attempted.TrySetResult();
            }

            await Task.Delay(ConnectAgainAfter, time, stop);
        }
    }

    private void OnFailed(ConnectionFailedEventArgs failed)
    {
        if (failed.ConnectionType != ConnectionType.Interactive) return;
        Interlocked.Increment(ref _breaks);
        if (!IsCluster) breaker.Trip(time.GetTimestamp());
    }
}
