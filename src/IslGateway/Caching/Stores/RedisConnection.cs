using System.Diagnostics.CodeAnalysis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The gateway's connection to Redis. It is made, kept and watched in the background: neither the start nor a request ever waits for
/// it. The watch asks PING twice a second, so that <see cref="IsUp"/> is right without traffic too.
/// </summary>
internal sealed partial class RedisConnection(
    SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<RedisConnection> logger) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PingBudget = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(1);

    // One late PING may be a pause of either process.
    private const int LatePingsUntilDown = 2;

    // A change of address takes a restart.
    private readonly string? _connectionString = settings.Current.RedisConnectionString;
    private readonly CancellationTokenSource _stop = new();
    private Task? _watch;
    private volatile ConnectionMultiplexer? _multiplexer;
    private volatile bool _up;
    private int _breaks;
    private bool? _told;

    /// <summary>Told when Redis has come up, at first or again.</summary>
    public event Action? CameUp;

    /// <summary>Whether there is a Redis at all; without, the memory tier is alone.</summary>
    public bool IsConfigured => _connectionString is not null;

    /// <summary>Whether Redis is connected and answered lately.</summary>
    public bool IsUp => _up && _multiplexer is { IsConnected: true };

    /// <summary>How often a connection for commands was lost. What follows one may be another server, or the same with older data.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    /// <summary>Null until the first attempt to connect has ended, well or not.</summary>
    public IConnectionMultiplexer? Multiplexer => _multiplexer;

    /// <summary>The database, while <see cref="IsUp"/>.</summary>
    public bool TryGetDatabase([NotNullWhen(true)] out IDatabase? database)
    {
        database = IsUp ? _multiplexer!.GetDatabase() : null;
        return database is not null;
    }

    /// <summary>Starts connecting and returns at once.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_connectionString is not null) _watch = Task.Run(() => RunAsync(_connectionString, _stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>The connection lasts until it is disposed: requests that drain may still use it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        if (_watch is not null) await _watch;
        if (_multiplexer is { } multiplexer) await multiplexer.DisposeAsync();
        _up = false;
        _stop.Dispose();
    }

    private async Task RunAsync(string connectionString, CancellationToken stop)
    {
        try
        {
            var multiplexer = await ConnectAsync(connectionString, stop);
            multiplexer.ConnectionFailed += (_, failed) =>
            {
                if (failed.ConnectionType == ConnectionType.Interactive) Interlocked.Increment(ref _breaks);
            };
            _multiplexer = multiplexer;
            await WatchAsync(multiplexer, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    // An unreachable server makes a multiplexer that goes on trying by itself; what throws (sentinels that know no primary) is tried anew.
    private async Task<ConnectionMultiplexer> ConnectAsync(string connectionString, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(RedisConnectionString.ToOptions(connectionString));
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                Tell(up: false);
            }

            await Task.Delay(ConnectAgainAfter, time, stop);
        }
    }

    private async Task WatchAsync(ConnectionMultiplexer multiplexer, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(WatchInterval, time);
        var late = 0;
        do
        {
            late = await AnswersAsync(multiplexer, stop) ? 0 : late + 1;
            if (late == 0) Tell(up: true);
            else if (late >= LatePingsUntilDown || !multiplexer.IsConnected) Tell(up: false);
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private async Task<bool> AnswersAsync(ConnectionMultiplexer multiplexer, CancellationToken stop)
    {
        if (!multiplexer.IsConnected) return false;
        try
        {
            var ping = multiplexer.GetDatabase().PingAsync();
            await ((Task)ping).WaitAsync(PingBudget, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
            if (ping.IsCompleted) return ping.IsCompletedSuccessfully;
            Late.Observe(ping);
            return false;
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Tell(bool up)
    {
        _up = up;
        if (_told == up) return;
        _told = up;
        metrics.RedisUp.Set(up ? 1 : 0);
        if (up) LogUp(); else LogDown();
        if (up) CameUp?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is up")]
    private partial void LogUp();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is down; until it is back, answers are kept in memory only")]
    private partial void LogDown();
}
