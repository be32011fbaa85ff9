using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace IslGateway.Edge;

/// <summary>
/// Closes connections to the data plane beyond <c>Limits:MaxConnections</c>. Kestrel's own limit counts the connections of all listeners,
/// so callers could lock out the operators.
/// </summary>
internal sealed partial class ConnectionLimit(SettingsMonitor settings, GatewayMetrics metrics, ILogger<ConnectionLimit> logger)
{
    private int _open;
    private int _isFull;

    public ConnectionDelegate Count(ConnectionDelegate next) => async connection =>
    {
        var limit = settings.Current.Limits.MaxConnections;
        var open = Interlocked.Increment(ref _open);
        metrics.Connections.Inc();
        try
        {
            if (open <= limit) await next(connection);
            else Refuse(limit);
        }
        finally
        {
            metrics.Connections.Dec();

            // Warns again only after the number was clearly below the limit.
            if (Interlocked.Decrement(ref _open) < limit - (limit / 10)) Volatile.Write(ref _isFull, 0);
        }
    };

    private void Refuse(int limit)
    {
        metrics.ConnectionsRefused.Inc();
        if (Interlocked.Exchange(ref _isFull, 1) == 0) LogFull(limit);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Limit} connections are open (Limits:MaxConnections): more are closed at once")]
    private partial void LogFull(int limit);
}
