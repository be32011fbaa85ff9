using System.Diagnostics.CodeAnalysis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// The gateway's connection to Redis. It is made and kept in the background: no request ever waits for it. When
/// <c>ConnectionStrings:Redis</c> changes, another one takes its place as soon as that is connected. Whether Redis answers on it is for
/// <see cref="RedisWatch"/> to find out.
/// </summary>
internal sealed partial class RedisConnection : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>How often it is seen whether the next connection may take over.</summary>
    private static readonly TimeSpan HandOverInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than anything is waited for that was sent by the former connection.</summary>
    private static readonly TimeSpan FormerLastsFor = TimeSpan.FromSeconds(5);

    private readonly SettingsMonitor _settings;
    private readonly RedisHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisConnection> _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _connectionString;
    private volatile ConnectionMultiplexer? _multiplexer;
    private CancellationTokenSource? _attempt;
    private Task _connecting = Task.CompletedTask;
    private Task _retiring = Task.CompletedTask;
    private bool _toldRestart;
    private int _breaks;
    private int _channelBreaks;

    public RedisConnection(SettingsMonitor settings, RedisHealth health, TimeProvider time, ILogger<RedisConnection> logger)
    {
        (_settings, _health, _time, _logger) = (settings, health, time, logger);
        _connectionString = settings.Current.RedisConnectionString;
        settings.Checking += RedisConnectionString.Check;
    }

    /// <summary>Whether Redis is connected and answered lately, be it slowly.</summary>
    public bool IsUp => _health.Answers && IsConnected;

    /// <summary>Whether there is a connection that is not known to be broken.</summary>
    public bool IsConnected => _multiplexer is { IsConnected: true };

    /// <summary>Whether a server that is connected takes writes. A read-only replica does not.</summary>
    public bool HasPrimary =>
        _multiplexer is { } multiplexer
        && multiplexer.GetServers().Any(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>Whether there are several nodes with keys of their own, and one at least is connected.</summary>
    public bool IsCluster => _multiplexer is { IsConnected: true } multiplexer && RedisTopology.IsCluster(multiplexer);

    /// <summary>
    /// Whether a master of a cluster is not connected: what is asked of its keys may wander between the others without an answer.
    /// </summary>
    public bool LacksMaster => IsCluster && _multiplexer!.GetServers().Any(server => server is { IsReplica: false, IsConnected: false });

    /// <summary>Whether Redis has still to reply to something that was sent.</summary>
    public bool IsOwedReplies => _multiplexer is { } multiplexer && multiplexer.GetCounters().Interactive.TotalOutstanding > 0;

    /// <summary>
    /// How often a connection for commands was lost or replaced. What follows one may be another server, or the same with older data.
    /// </summary>
    public int Breaks => Volatile.Read(ref _breaks);

    /// <summary>How often a connection that channels are heard on was lost or replaced.</summary>
    public int ChannelBreaks => Volatile.Read(ref _channelBreaks);

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

    /// <summary>Starts connecting and returns at once.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_connectionString is { } text) Begin(text);
        _settings.Changed += Follow;
        Follow(_settings.Current);
        return Task.CompletedTask;
    }

    /// <summary>The connection lasts until it is disposed: requests that drain may still use it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        _settings.Changed -= Follow;
        _settings.Checking -= RedisConnectionString.Check;
        await _stop.CancelAsync();
        await _connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _retiring.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_multiplexer is { } multiplexer) await multiplexer.DisposeAsync();
        _attempt?.Dispose();
        _stop.Dispose();
    }

    private void Follow(GatewaySettings settings)
    {
        var text = settings.RedisConnectionString;
        lock (_gate)
        {
            if (text == _connectionString || _stop.IsCancellationRequested) return;
            if (text is not null && _connectionString is not null)
            {
                _connectionString = text;
                Begin(text);
            }
            else if (!_toldRestart)
            {
                _toldRestart = true;
                LogNeedsRestart();
            }
        }
    }

    private void Begin(string connectionString)
    {
        _attempt?.Cancel();
        _attempt = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var (former, stop) = (_connecting, _attempt.Token);
        _connecting = Task.Run(() => ConnectAsync(former, connectionString, stop), CancellationToken.None);
    }

    private async Task ConnectAsync(Task former, string connectionString, CancellationToken stop)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_multiplexer is not null) _health.BeOutdated();
        var next = await OpenAsync(connectionString, stop);
        try
        {
            // What works is not given up for what does not: a new password may be here before Redis has it.
            while (IsConnected && !next.IsConnected) await Task.Delay(HandOverInterval, _time, stop);
            stop.ThrowIfCancellationRequested();
        }
        catch
        {
            await next.DisposeAsync();
            throw;
        }

        HandOver(next);
    }

    // An unreachable server makes a multiplexer that goes on trying by itself; what throws (sentinels that know no primary) is tried anew.
    private async Task<ConnectionMultiplexer> OpenAsync(string connectionString, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var options = RedisConnectionString.ToOptions(connectionString, _settings.Current.Cache);
                var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
                multiplexer.ConnectionFailed += (_, failed) => OnFailed(multiplexer, failed);
                return multiplexer;
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                _attempted.TrySetResult();
            }

            await Task.Delay(ConnectAgainAfter, _time, stop);
        }
    }

    private void HandOver(ConnectionMultiplexer next)
    {
        var former = _multiplexer;
        _multiplexer = next;
        _attempted.TrySetResult();
        if (former is null) return;

        // It may be another server: whoever goes by what the former one held begins afresh.
        Interlocked.Increment(ref _breaks);
        Interlocked.Increment(ref _channelBreaks);
        LogReplaced();
        _health.BeRenewed();
        _retiring = Task.WhenAll(_retiring, RetireAsync(former));
    }

    private async Task RetireAsync(ConnectionMultiplexer former)
    {
        await Task.Delay(FormerLastsFor, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await former.DisposeAsync();
    }

    private void OnFailed(ConnectionMultiplexer multiplexer, ConnectionFailedEventArgs failed)
    {
        if (multiplexer != _multiplexer) return;

        // Some servers have one for both.
        Interlocked.Increment(ref _channelBreaks);
        if (failed.ConnectionType != ConnectionType.Interactive) return;
        Interlocked.Increment(ref _breaks);
        if (!IsCluster) _health.Breaker.Trip(_time.GetTimestamp());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is used by the changed ConnectionStrings:Redis")]
    private partial void LogReplaced();

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "ConnectionStrings:Redis was added or removed: that takes a restart, until then all stays as it was")]
    private partial void LogNeedsRestart();
}
