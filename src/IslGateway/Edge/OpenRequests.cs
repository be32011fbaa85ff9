using IslGateway.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace IslGateway.Edge;

/// <summary>
/// The requests that one connection carries. Once the server closes, those that are being worked on end as they would, and whatever is
/// still to come gets <c>Limits:RateGracePeriod</c>: a request that never ends is no running request, and must not hold the process.
/// </summary>
internal sealed class OpenRequests(ConnectionContext connection, SettingsMonitor settings, RequestCount count, TimeProvider time) : IDisposable
{
    /// <summary>How often one looks, once the grace period is over.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private static readonly object Key = new();

    private readonly Lock _lock = new();
    private readonly HashSet<OpenRequest> _open = [];
    private TimeSpan _grace;
    private long _drainBegan;
    private long _emptySince;
    private ITimer? _timer;
    private bool _isOver;

    /// <summary>Those of the connection that a request came on; null on listeners that are not watched.</summary>
    public static OpenRequests? Of(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var requests) == true ? (OpenRequests?)requests : null;

    /// <summary>Watches a connection for as long as it lasts.</summary>
    public static async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next, SettingsMonitor settings, RequestCount count, TimeProvider time)
    {
        using var requests = new OpenRequests(connection, settings, count, time);
        connection.Items[Key] = requests;
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var registration = closing.UnsafeRegister(static state => ((OpenRequests)state!).Drain(), requests);
        await next(connection);
    }

    public OpenRequest Add(HttpContext context)
    {
        var request = new OpenRequest(context, this, time);
        lock (_lock) _open.Add(request);
        count.Begin();
        return request;
    }

    public void Remove(OpenRequest request)
    {
        lock (_lock)
        {
            if (!_open.Remove(request)) return;
            count.End();
            if (_open.Count == 0) _emptySince = time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            count.End(_open.Count);
            _open.Clear();
            _timer?.Dispose();
        }
    }

    private void Drain()
    {
        lock (_lock)
        {
            if (_isOver) return;
            _grace = settings.Current.Limits.RateGracePeriod;
            _drainBegan = _emptySince = time.GetTimestamp();
            _timer = time.CreateTimer(static state => ((OpenRequests)state!).Look(), this, _grace, Step);
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_isOver) return;
            foreach (var request in _open.ToArray()) request.AbortIfOverdue(_drainBegan, _grace);

            // No head is whole; or the last answer has left, and the connection stays open none the less.
            if (_open.Count == 0 && time.GetElapsedTime(_emptySince) >= _grace) connection.Abort(new ConnectionAbortedException("The request did not come to its end."));
        }
    }
}
