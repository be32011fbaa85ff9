using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// Rows whose answers were found to differ from one computation to the next, each with the epoch in which that was seen. Such a row
/// bypasses the cache while a live replica reports that epoch; another epoch is not affected.
/// </summary>
internal sealed class Quarantine
{
    /// <summary>The most pairs held; beyond that the oldest is dropped, since its epoch has most likely passed.</summary>
    private const int Capacity = 1_024;

    private readonly ReplicaRegistry _replicas;
    private readonly Lock _gate = new();
    private readonly Queue<(int Row, Digest Epoch)> _oldestFirst = new();

    /// <summary>Replaced as a whole when it changes, so that reading needs no lock.</summary>
    private volatile HashSet<(int Row, Digest Epoch)> _held = [];

    public Quarantine(ReplicaRegistry replicas, EndpointTable table, GatewayMetrics metrics)
    {
        _replicas = replicas;
        var examined = table.Rows.Where(row => row.Cache == CachePolicy.Deterministic).ToArray();
        metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportQuarantine(examined.Select(row => (row.Path, Holds(row)))));
    }

    /// <summary>Whether a row is quarantined under an epoch that a live replica reports now.</summary>
    public bool Holds(EndpointRow row)
    {
        var held = _held;
        if (held.Count == 0) return false;
        var epochs = _replicas.LookupDigests();
        for (var i = 0; i < epochs.Count; i++)
        {
            if (held.Contains((row.Index, epochs[i]))) return true;
        }

        return false;
    }

    /// <summary>Whether a row is quarantined under an epoch.</summary>
    public bool Holds(EndpointRow row, Digest epoch) => _held.Contains((row.Index, epoch));

    /// <summary>Ends a row's quarantine under every epoch; if its answers still differ, a later check begins another.</summary>
    /// <returns>False if there was none.</returns>
    public bool Lift(EndpointRow row)
    {
        lock (_gate)
        {
            var held = _held.Where(pair => pair.Row != row.Index).ToHashSet();
            if (held.Count == _held.Count) return false;
            for (var left = _oldestFirst.Count; left > 0; left--)
            {
                var oldest = _oldestFirst.Dequeue();
                if (held.Contains(oldest)) _oldestFirst.Enqueue(oldest);
            }

            _held = held;
            return true;
        }
    }

    /// <summary>Quarantines a row under an epoch.</summary>
    /// <returns>False if it already was.</returns>
    public bool Add(EndpointRow row, Digest epoch)
    {
        lock (_gate)
        {
            var held = new HashSet<(int Row, Digest Epoch)>(_held);
            if (!held.Add((row.Index, epoch))) return false;
            if (_oldestFirst.Count == Capacity) held.Remove(_oldestFirst.Dequeue());
            _oldestFirst.Enqueue((row.Index, epoch));
            _held = held;
            return true;
        }
    }
}
