using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The metric families of what the gateway asks of ISL by itself, and of what it keeps for that.</summary>
internal sealed class ReplayMetrics(MetricFamilies families)
{
    public Counter Warmed { get; } = families.Counter(
        MetricNames.Warmed,
        "Requests that warming asked, by endpoint and result (known, warmed, failed); they count nowhere else among requests.",
        "endpoint", "result");

    public Gauge.Child KeptRequests { get; } = families.Gauge(
        MetricNames.KeptRequests, "Requests that are kept to be asked again, within Cache:KeepRequests.").WithLabels();

    public Gauge.Child KeptBytes { get; } = families.Gauge(
        MetricNames.KeptBytes, "Bytes that kept requests take, within Cache:KeepRequests.").WithLabels();

    public Counter Replayed { get; } = families.Counter(
        MetricNames.RolloverReplayed,
        "Kept requests that a rollover saw to, by endpoint and result (warmed, known, failed); they count nowhere else among requests.",
        "endpoint", "result");

    public Gauge.Child Remaining { get; } = families.Gauge(
        MetricNames.RolloverRemaining,
        "Kept requests that the rollover under way has not seen to yet; 0 while there is none.").WithLabels();

    public Gauge RolloverRequests { get; } = families.Gauge(
        MetricNames.RolloverRequests,
        "Kept requests of the rollover under way, or of the last one, by state (warmed, known, failed, left: not seen to, left_out: they "
        + "belong to no credential of Warming:Credentials).", "state");

    public Counter Rollovers { get; } = families.Counter(
        MetricNames.Rollovers,
        "Rollovers that have ended, by outcome (complete; or why it ended early: epoch, time, credential, nobody, settings, stopping, "
        + "failed).", "outcome");

    public Counter SentinelChecks { get; } = families.Counter(
        MetricNames.SentinelChecks,
        "Hits that the sentinel had ISL recompute, by endpoint and result (equal, different, inconclusive).", "endpoint", "result");

    /// <summary>How many requests of a rollover are in which state.</summary>
    public void ReportRollover(int warmed, int known, int failed, int left, int leftOut)
    {
        RolloverRequests.WithLabels("warmed").Set(warmed);
        RolloverRequests.WithLabels("known").Set(known);
        RolloverRequests.WithLabels("failed").Set(failed);
        RolloverRequests.WithLabels("left").Set(left);
        RolloverRequests.WithLabels("left_out").Set(leftOut);
    }
}
