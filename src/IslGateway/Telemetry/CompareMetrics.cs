using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// What comparisons with another ISL have found. Which endpoints and places differ is in their reports: here are only the words of two
/// short lists, and all of their series are there from the start, so that the first finding is an increase.
/// </summary>
internal sealed class CompareMetrics
{
    /// <summary>What ISL is compared with: a candidate that serves nobody yet; what it was before a rollover.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["candidate", "rollover"];

    /// <summary>What becomes of a question.</summary>
    public static readonly IReadOnlyList<string> Results = ["equal", "tolerated", "different", "failed", "not_compared"];

    public CompareMetrics(MetricFamilies families)
    {
        Compared = families.Counter(MetricNames.Compared,
            "Kept questions whose answers were to be compared, by kind (candidate, rollover) and result (equal; tolerated and different: "
            + "differing within the tolerance and beyond; failed: no answer to compare; not_compared: not asked).", "kind", "result");
        LastAt = families.Gauge(MetricNames.ComparedAt,
            "When the last question was compared, by kind (candidate, rollover), in seconds since 1970; 0: none yet.", "kind");
        foreach (var kind in Kinds)
        {
            LastAt.WithLabels(kind).Set(0);
            foreach (var result in Results) Compared.WithLabels(kind, result).Publish();
        }
    }

    public Counter Compared { get; }

    public Gauge LastAt { get; }

    /// <summary>Counts what became of a question.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="result">One of <see cref="Results"/>.</param>
    /// <param name="at">When.</param>
    public void Count(string kind, string result, DateTimeOffset at)
    {
        Compared.WithLabels(kind, result).Inc();
        LastAt.WithLabels(kind).Set(at.ToUnixTimeMilliseconds() / 1_000d);
    }
}
