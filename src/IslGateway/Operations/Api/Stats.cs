using IslGateway.Caching.Epochs;
using IslGateway.Caching.Purging;
using IslGateway.Caching.Tiers;
using IslGateway.Endpoints;
using IslGateway.Operations.Health;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream.Resilience;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Rollover;

namespace IslGateway.Operations.Api;

/// <summary><c>GET /api/stats</c>: this gateway since its start, from the counters that <c>/metrics</c> exports.</summary>
internal sealed class Stats(
    Readiness readiness, ReplicaRegistry replicas, MemoryStore memory, Purger purger, Circuits circuits, PoisonRequests poisonRequests,
    UpstreamStats upstream, ExperimentStats experiments, KeptRequests kept, RolloverWatch rollover, EndpointTable table,
    SettingsMonitor settings, GatewayMetrics metrics)
{
    /// <summary>The body; its members are written under their own names.</summary>
    public object Report()
    {
        var (current, tallies) = (settings.Current, metrics.Tallies().ToList());
        return new
        {
            version = GatewayMetrics.Version,
            uptime_seconds = Seconds(readiness.Uptime.TotalSeconds),
            mode = current.Cache.Mode.ToString(),
            health = readiness.Report(),
            upstream = upstream.Upstream(),
            pool = upstream.Pool(),
            queue = upstream.Queue(),
            epochs = replicas.Replicas.Select(Epoch),
            tiers = new
            {
                memory = new { entries = memory.Entries, bytes = memory.Bytes, limit_bytes = current.Cache.Memory.SizeLimit },
                redis = new { state = readiness.Redis },
            },
            kept = new { requests = kept.Count, bytes = kept.Bytes, limit_bytes = current.Cache.KeepRequests },
            rollover = rollover.Progress is { } progress ? Rollover(progress) : null,
            previous_rollover = rollover.Previous is { } previous ? Rollover(previous) : null,
            purges = new { pending = purger.Pending },
            circuits = circuits.Reports().Select(Circuit),
            quarantines = upstream.Quarantines(),
            cooldown = new { questions = poisonRequests.Cooled },
            savings = Savings(tallies),
            experiments = experiments.Report(),
            latency_bounds_seconds = GatewayMetrics.LatencyBuckets,
            endpoints = tallies
                .Where(tally => tally.Requests + tally.UpstreamCalls > 0 || tally.Endpoint == EndpointTable.Other).Select(Endpoint),
        };
    }

    private static object Rollover(RolloverProgress rollover) => new
    {
        from = rollover.From.Length > 0 ? rollover.From : null,
        epoch = rollover.Epoch,
        begun_at = rollover.BegunAt.UtcDateTime,
        ended_at = rollover.EndedAt?.UtcDateTime,
        outcome = rollover.Outcome is { } outcome ? RolloverWatch.WordOf(outcome) : null,
        requests = rollover.Requests,
        warmed = rollover.Warmed,
        known = rollover.Known,
        failed = rollover.Failed,
        left = rollover.Left,
        left_out = rollover.LeftOut,
    };

    private static object Epoch(Replica replica) => new
    {
        replica = replica.Id,
        address = replica.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped),
        fingerprint = replica.Epoch?.Fingerprint,
        version = replica.Epoch?.Version,
        build = replica.Epoch?.Build,
        evidence_age_seconds = replica.EvidenceAge is var age && age == TimeSpan.MaxValue ? (double?)null : Seconds(age.TotalSeconds),
        trouble = replica.Trouble,
    };

    private static object Circuit(CircuitReport circuit) => new
    {
        replica = circuit.Replica,
        family = circuit.Family,
        state = circuit.State,
        failing_keys = circuit.FailingKeys,
        opens = circuit.Opens,
    };

    /// <summary>What was saved beside all that was spent, background work included; a poll of its health costs ISL nothing.</summary>
    private static object Savings(IReadOnlyCollection<EndpointTally> tallies) => new
    {
        saved_seconds = Seconds(tallies.Sum(tally => tally.SavedSeconds)),
        spent_seconds = Seconds(tallies.Sum(tally => tally.UpstreamSeconds)),
        calls = tallies.Sum(tally => tally.UpstreamCalls),
        by_purpose = tallies.SelectMany(tally => tally.Calls).GroupBy(call => call.Purpose, StringComparer.Ordinal).ToDictionary(
            purpose => purpose.Key,
            purpose => new { calls = purpose.Sum(call => call.Calls), seconds = Seconds(purpose.Sum(call => call.Seconds)) }),
    };

    private object Endpoint(EndpointTally tally) => new
    {
        endpoint = tally.Endpoint,
        name = table.Match(tally.Endpoint)?.Name,
        policy = (table.Match(tally.Endpoint)?.Cache ?? CachePolicy.None).ToString(),
        latency_target_seconds = table.Match(tally.Endpoint)?.LatencyTarget?.TotalSeconds,
        requests = tally.Requests,
        errors = tally.Errors,
        server_errors = tally.ServerErrors,
        hits = tally.Hits,
        misses = tally.Misses,
        hit_ratio = tally.Hits + tally.Misses is > 0 and var all ? Math.Round((double)tally.Hits / all, 4) : (double?)null,
        cache = tally.ByCache,
        saved_seconds = Seconds(tally.SavedSeconds),
        latency_mean_seconds = Mean(tally.LatencySeconds, tally.Requests),
        latency = Latency(tally),
        upstream = new
        {
            calls = tally.UpstreamCalls,
            seconds = Seconds(tally.UpstreamSeconds),
            mean_seconds = Mean(tally.UpstreamSeconds, tally.UpstreamCalls),
        },
        observed = tally.Observed.Count == 0 ? null : new
        {
            equal = tally.Observed.GetValueOrDefault("equal"),
            different = tally.Observed.GetValueOrDefault("different"),
            miss = tally.Observed.GetValueOrDefault("miss"),
        },
    };

    private static object Latency(EndpointTally tally) => new
    {
        count = tally.Latency.Count,
        mean_seconds = Rounded(tally.Latency.Mean),
        p50_seconds = Rounded(tally.Latency.P50),
        p95_seconds = Rounded(tally.Latency.P95),
        p99_seconds = Rounded(tally.Latency.P99),
        max_seconds = Rounded(tally.Latency.Max),
        buckets = tally.LatencyBuckets,
    };

    private static double? Rounded(double? seconds) => seconds is { } known ? Seconds(known) : null;

    private static double? Mean(double sum, long count) => count == 0 ? null : Seconds(sum / count);

    private static double Seconds(double seconds) => Math.Round(seconds, 6);
}
