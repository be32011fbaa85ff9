using System.Collections.Concurrent;
using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// The circuits of all replicas: one for each family of endpoints, which is the first segment of a row's path after <c>/api/v1/</c>, so
/// that there are as many as the endpoint table makes, whatever is asked. A credential that ISL does not know (a stranger) brings about
/// failures that nobody else meets: those open circuits of its own, which hold for it besides everyone's.
/// </summary>
internal sealed class Circuits
{
    private const string Api = "/api/v1/";

    /// <summary>Circuits of strangers that are remembered. One that is forgotten is closed.</summary>
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

    /// <summary>Whether a call of a family may be sent to a replica as ever.</summary>
    /// <param name="replica">The replica's id.</param>
    /// <param name="family">The family of endpoints.</param>
    /// <param name="stranger">
    /// Whose call it is, if ISL does not know its credential: it may pass a circuit that awaits a probe, of which its call is none.
    /// </param>
    public bool MaySend(string replica, string family, Credential? stranger = null) => stranger is { } alone
        ? Of(replica, family).RefusedFor is null && OwnOf(replica, family, alone) is not { IsClosed: false }
        : Of(replica, family).IsClosed;

    /// <summary>The right to a replica's probe; null if it awaits none now. A stranger probes no circuit but its own.</summary>
    public CircuitProbe? TryProbe(string replica, string family, Credential? stranger = null) => stranger is { } alone
        ? Of(replica, family).RefusedFor is null ? OwnOf(replica, family, alone)?.TryProbe() : null
        : Of(replica, family).TryProbe();

    /// <summary>How long until a call of a family may be sent to one of these replicas; null: now.</summary>
    public TimeSpan? RefusedFor(IEnumerable<string> replicas, string family, Credential? stranger = null)
    {
        TimeSpan? shortest = null;
        foreach (var replica in replicas)
        {
            var common = _circuits.GetValueOrDefault((replica, family))?.RefusedFor;
            var own = stranger is { } alone ? OwnOf(replica, family, alone)?.RefusedFor : null;
            if ((common > own || own is null ? common : own) is not { } wait) return null;
            if (shortest is null || wait < shortest) shortest = wait;
        }

        return shortest;
    }

    /// <summary>Takes in how a call ended, a probe or any other.</summary>
    public async ValueTask TakeAsync(
        string replica, string family, Digest key, CallVerdict callVerdict, CircuitProbe? probe, Credential? stranger = null)
    {
        if (probe?.Replica == replica)
        {
            await probe.EndAsync(callVerdict);
            return;
        }

        if (probe is not null) await probe.EndAsync(CallVerdict.Silent);

        // Whoever chose the replica made its circuit; if there is none, the replica has gone.
        if (!_circuits.TryGetValue((replica, family), out var circuit)) return;
        if (stranger is not { } alone) circuit.Take(key, callVerdict);
        else if (callVerdict == CallVerdict.Failing) MakeOwn(replica, family, alone).Take(key, callVerdict);
        else OwnOf(replica, family, alone)?.Take(key, callVerdict);
    }

    /// <summary>Forgets the replicas that are no longer there.</summary>
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
    /// How each stands, in a steady order. Where everyone's is closed, that of the callers without a credential is told: they are one
    /// party, and where ISL wants no keys they are everyone before they have had their first answer.
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

    /// <summary>What invented keys bring about is no line in the log.</summary>
    private Circuit MakeOwn(string replica, string family, Credential stranger) => _own.GetOrAdd(
        (replica, family, stranger),
        static (key, all) => new Circuit(
            key.Replica, key.Family, all._settings, all._time, key.Stranger.IsAnonymous ? all._logger : NullLogger.Instance),
        this);
}
