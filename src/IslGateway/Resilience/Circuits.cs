using System.Collections.Concurrent;
using IslGateway.Caching.Keys;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Resilience;

/// <summary>
/// The circuits of all replicas: one for each family of endpoints, which is the first segment of a row's path after <c>/api/v1/</c>, so that
/// there are as many as the endpoint table makes, whatever is asked.
/// </summary>
internal sealed class Circuits
{
    private const string Api = "/api/v1/";

    private readonly ConcurrentDictionary<(string Replica, string Family), Circuit> _circuits = new();
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<Circuits> _logger;

    public Circuits(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<Circuits> logger)
    {
        (_settings, _time, _logger) = (settings, time, logger);
        metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportCircuits(Reports().SelectMany(report =>
            CircuitReport.States.Select(state => (report.Replica, report.Family, State: state, IsIn: report.State == state)))));
    }

    /// <summary>The family of an endpoint.</summary>
    public static string FamilyOf(EndpointRow row)
    {
        var rest = row.Path.StartsWith(Api, StringComparison.Ordinal) ? row.Path[Api.Length..] : row.Path.TrimStart('/');
        var end = rest.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>The circuit of a replica for a family.</summary>
    public Circuit Of(string replica, string family) => _circuits.TryGetValue((replica, family), out var circuit)
        ? circuit
        : _circuits.GetOrAdd((replica, family), static (key, all) => new Circuit(key.Replica, key.Family, all._settings, all._time, all._logger), this);

    /// <summary>Whether every circuit of every replica is closed.</summary>
    public bool AreClosed
    {
        get
        {
            foreach (var (_, circuit) in _circuits)
            {
                if (!circuit.IsClosed) return false;
            }

            return true;
        }
    }

    /// <summary>Whether any circuit of a replica is not closed; of one family if given.</summary>
    public bool IsSuspect(string replica, string? family)
    {
        foreach (var (key, circuit) in _circuits)
        {
            if (!circuit.IsClosed && key.Replica == replica && (family is null || key.Family == family)) return true;
        }

        return false;
    }

    /// <summary>How long until a call of a family may be sent to one of these replicas; null: now.</summary>
    public TimeSpan? RefusedFor(IEnumerable<string> replicas, string family)
    {
        TimeSpan? shortest = null;
        foreach (var replica in replicas)
        {
            if (!_circuits.TryGetValue((replica, family), out var circuit) || circuit.RefusedFor is not { } wait) return null;
            if (shortest is null || wait < shortest) shortest = wait;
        }

        return shortest;
    }

    /// <summary>Takes in how a call ended, a probe or any other.</summary>
    public async ValueTask TakeAsync(string replica, string family, Digest key, Outcome outcome, CircuitProbe? probe)
    {
        if (probe?.Replica == replica)
        {
            await probe.EndAsync(outcome);
            return;
        }

        if (probe is not null) await probe.EndAsync(Outcome.Silent);

        // Whoever chose the replica made its circuit; if there is none, the replica has gone.
        if (_circuits.TryGetValue((replica, family), out var circuit)) circuit.Take(key, outcome);
    }

    /// <summary>Forgets the replicas that are no longer there.</summary>
    public void Retain(IReadOnlyCollection<string> replicas)
    {
        foreach (var key in _circuits.Keys)
        {
            if (!replicas.Contains(key.Replica)) _circuits.TryRemove(key, out _);
        }
    }

    /// <summary>How each stands, in a steady order.</summary>
    public IReadOnlyList<CircuitReport> Reports() =>
        [.. _circuits.OrderBy(circuit => circuit.Key.Replica, StringComparer.Ordinal).ThenBy(circuit => circuit.Key.Family, StringComparer.Ordinal)
            .Select(circuit => circuit.Value.Report())];
}
