using System.Collections.Concurrent;
using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// The circuits of all replicas: one per family of endpoints, which is the first segment of a row's path after <c>/api/v1/</c>, so that
/// requests cannot add any. A credential that ISL is not known to accept (a stranger) may cause failures that nobody else meets: those open
/// circuits of its own, which apply to it in addition to everyone's.
/// </summary>
internal sealed class Circuits
{
    /// <summary>The most circuits of strangers that are remembered. A forgotten one is closed.</summary>
    private const int MaxOwn = 512;

    private readonly ConcurrentDictionary<(string Replica, string Family), Circuit> _circuits = new();
    private readonly ConcurrentLru<(string Replica, string Family, Credential Stranger), Circuit> _own = new(MaxOwn);
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<Circuits> _logger;

    public Circuits(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<Circuits> logger)
    {
        (_settings, _time, _logger) = (settings, time, logger);
        metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportCircuits(Reports().SelectMany(report =>
            CircuitReport.States.Select(state => (report.Replica, report.Family, State: state, IsIn: report.State == state)))));
    }

    /// <summary>The circuit of a replica for a family.</summary>
    public Circuit Of(string replica, string family) => _circuits.TryGetValue((replica, family), out var circuit)
        ? circuit
        : _circuits.GetOrAdd(
            (replica, family),
            static (key, all) => new Circuit(key.Replica, key.Family, all._settings, all._time, all._logger),
            this);

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

    /// <summary>Whether a call of a family may be sent to a replica normally.</summary>
    /// <param name="replica">The replica's id.</param>
    /// <param name="family">The family of endpoints.</param>
    /// <param name="stranger">
    /// The call's credential, if it is a stranger's: it may pass a circuit that waits for a probe, but is not the probe.
    /// </param>
    public bool MaySend(string replica, string family, Credential? stranger = null) => stranger is { } alone
        ? Of(replica, family).RefusedFor is null && OwnOf(replica, family, alone) is not { IsClosed: false }
        : Of(replica, family).IsClosed;

    /// <summary>The right to a replica's probe; null if the circuit waits for none. A stranger can only probe its own circuit.</summary>
    public CircuitProbe? TryProbe(string replica, string family, Credential? stranger = null) => stranger is { } alone
        ? Of(replica, family).RefusedFor is null ? OwnOf(replica, family, alone)?.TryProbe() : null
        : Of(replica, family).TryProbe();

    /// <summary>How long until a call of a family may be sent to one of these replicas; null if one may be sent now.</summary>
    public TimeSpan? RefusedFor(IEnumerable<string> replicas, string family, Credential? stranger = null)
    {
        TimeSpan? shortest = null;
        foreach (var replica in replicas)
        {
            if (RefusedBy(replica, family, stranger) is not { } wait) return null;
            if (shortest is null || wait < shortest) shortest = wait;
        }

        return shortest;
    }

    /// <summary>How long until a call of a family may be sent to a replica; null if one may be sent now.</summary>
    public TimeSpan? RefusedBy(string replica, string family, Credential? stranger)
    {
        var common = _circuits.GetValueOrDefault((replica, family))?.RefusedFor;
        var own = stranger is { } alone ? OwnOf(replica, family, alone)?.RefusedFor : null;
        return common > own || own is null ? common : own;
    }

    /// <summary>Takes in how a call or probe ended.</summary>
    public async ValueTask TakeAsync(
        string replica, string family, Digest key, CallVerdict callVerdict, CircuitProbe? probe, Credential? stranger = null)
    {
        if (probe?.Replica == replica)
        {
            await probe.EndAsync(callVerdict);
            return;
        }

        if (probe is not null) await probe.EndAsync(CallVerdict.Silent);

        // The circuit was made when the replica was chosen; if it is missing, the replica has gone.
        if (!_circuits.TryGetValue((replica, family), out var circuit)) return;
        if (stranger is not { } alone) circuit.Take(key, callVerdict);
        else if (callVerdict == CallVerdict.Failing) MakeOwn(replica, family, alone).Take(key, callVerdict);
        else OwnOf(replica, family, alone)?.Take(key, callVerdict);
    }

    /// <summary>Forgets the replicas that no longer exist.</summary>
    public void Retain(IReadOnlyCollection<string> replicas)
    {
        foreach (var key in _circuits.Keys)
        {
            if (!replicas.Contains(key.Replica)) _circuits.TryRemove(key, out _);
        }

        foreach (var key in _own.Keys)
        {
            if (!replicas.Contains(key.Replica)) _own.TryRemove(key, out _);
        }
    }

    /// <summary>
    /// The state of each circuit, in a fixed order. Where everyone's circuit is closed, that of callers without a credential is shown: they
    /// are one party and, where ISL wants no keys, all callers before their first answer.
    /// </summary>
    public IReadOnlyList<CircuitReport> Reports() =>
    [
        .. _circuits
            .OrderBy(circuit => circuit.Key.Replica, StringComparer.Ordinal).ThenBy(circuit => circuit.Key.Family, StringComparer.Ordinal)
            .Select(circuit => (circuit.Value.IsClosed ? AnonymousOf(circuit.Key) : null) ?? circuit.Value)
            .Select(circuit => circuit.Report()),
    ];

    private Circuit? AnonymousOf((string Replica, string Family) key) =>
        _own.FirstOrDefault(own => own.Key.Stranger.IsAnonymous && own.Key.Replica == key.Replica && own.Key.Family == key.Family)
            .Value is { IsClosed: false } open
            ? open
            : null;

    private Circuit? OwnOf(string replica, string family, Credential stranger) =>
        _own.TryGet((replica, family, stranger), out var circuit) ? circuit : null;

    /// <summary>Without a logger, because invented keys must not be able to fill the log.</summary>
    private Circuit MakeOwn(string replica, string family, Credential stranger) => _own.GetOrAdd(
        (replica, family, stranger),
        static (key, all) => new Circuit(
            key.Replica, key.Family, all._settings, all._time, key.Stranger.IsAnonymous ? all._logger : NullLogger.Instance),
        this);
}
