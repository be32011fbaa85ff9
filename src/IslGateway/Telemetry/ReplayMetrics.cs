using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The metric families of what the gateway asks of ISL by itself, and of what it keeps for that.</summary>
internal sealed class ReplayMetrics(MetricFactory factory)
{
    public Counter Warmed { get; } = Counter(
        factory, MetricNames.Warmed,
        "Requests that warming asked, by endpoint and result (known, warmed, failed); they count nowhere else among requests.",
        "endpoint", "result");

    public Gauge.Child KeptRequests { get; } = factory.CreateGauge(
        MetricNames.KeptRequests, "Requests that are kept to be asked again, within Cache:KeepRequests.").WithLabels();

    public Gauge.Child KeptBytes { get; } = factory.CreateGauge(
        MetricNames.KeptBytes, "Bytes that kept requests take, within Cache:KeepRequests.").WithLabels();

    public Counter Replayed { get; } = Counter(
        factory, MetricNames.RolloverReplayed,
        "Kept requests that a rollover saw to, by endpoint and result (warmed, known, failed); they count nowhere else among requests.",
        "endpoint", "result");

    public Gauge.Child Remaining { get; } = factory.CreateGauge(
        MetricNames.RolloverRemaining,
        "Kept requests that the rollover under way has not seen to yet; 0 while there is none.").WithLabels();

    public Counter Rollovers { get; } = Counter(
        factory, MetricNames.Rollovers,
        "Rollovers that have ended, by outcome (complete; or why it ended early: epoch, time, credential, settings, stopping, failed).",
        "outcome");

    public Counter SentinelChecks { get; } = Counter(
        factory, MetricNames.SentinelChecks,
        "Hits that the sentinel had ISL recompute, by endpoint and result (equal, different, inconclusive).", "endpoint", "result");

    private static Counter Counter(MetricFactory factory, string name, string help, params string[] labels) => factory.CreateCounter(
        name, help, labels,
        new CounterConfiguration { SuppressInitialValue = true, ExemplarBehavior = ExemplarBehavior.NoExemplars() });
}
