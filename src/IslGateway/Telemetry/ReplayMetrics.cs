using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The metric families of requests that are kept and asked again.</summary>
internal sealed class ReplayMetrics(MetricFactory factory)
{
    public Gauge.Child KeptRequests { get; } = factory.CreateGauge(
        MetricNames.KeptRequests, "Requests that are kept to be asked again, within Cache:KeepRequests.").WithLabels();

    public Gauge.Child KeptBytes { get; } = factory.CreateGauge(
        MetricNames.KeptBytes, "Bytes that kept requests take, within Cache:KeepRequests.").WithLabels();

    public Counter Replayed { get; } = factory.CreateCounter(
        MetricNames.RolloverReplayed,
        "Kept requests that a rollover saw to, by endpoint and result (warmed, known, failed); they count nowhere else among requests.",
        ["endpoint", "result"],
        new CounterConfiguration { SuppressInitialValue = true, ExemplarBehavior = ExemplarBehavior.NoExemplars() });

    public Gauge.Child Remaining { get; } = factory.CreateGauge(
        MetricNames.RolloverRemaining,
        "Kept requests that the rollover under way has not seen to yet; 0 while there is none.").WithLabels();

    public Counter Rollovers { get; } = factory.CreateCounter(
        MetricNames.Rollovers,
        "Rollovers that have ended, by outcome (complete; or why it ended early: epoch, time, credential, settings, stopping, failed).",
        ["outcome"],
        new CounterConfiguration { SuppressInitialValue = true, ExemplarBehavior = ExemplarBehavior.NoExemplars() });
}
