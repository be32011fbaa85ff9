using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Whether Redis is away because it does not let the gateway in. The connection that goes on trying tells only how it was lost at first,
/// so that this asks with one of its own, now and then while Redis is away.
/// </summary>
internal sealed class RedisDenial(SettingsMonitor settings, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private string? _askedFor;
    private Task<bool>? _asking;
    private long _askedAt;
    private bool _isSo;

    /// <summary>What was found out last; asks anew when that is old. Never waits.</summary>
    public bool Look()
    {
        if (settings.Current.RedisConnectionString is not { } text) return _isSo;
        if (_asking is { IsCompleted: true }) _isSo = _asking.Result;
        if (text != _askedFor || _asking is null || (_asking.IsCompleted && time.GetElapsedTime(_askedAt) >= Interval))
            (_askedFor, _asking, _askedAt) = (text, Task.Run(() => AskAsync(text, settings.Current.Cache)), time.GetTimestamp());
        return _isSo;
    }

    /// <summary>Redis is there: when it is away again, that may be for another reason.</summary>
    public void Forget() => (_asking, _isSo) = (null, false);

    private static async Task<bool> AskAsync(string connectionString, CacheOptions cache)
    {
        try
        {
            var options = RedisConnectionString.ToOptions(connectionString, cache);
            (options.AbortOnConnectFail, options.ConnectRetry) = (true, 1);
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            return false;
        }
        catch (Exception exception)
        {
            return exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };
        }
    }
}
