using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Sentinel</c>: how much ISL may be asked again, to see whether stored answers are still what it would say.</summary>
internal sealed class SentinelOptions
{
    /// <summary>Share of hits that are recomputed, within the other limits; 0 is off.</summary>
    [NumberRange(0, 1)]
    public double Share { get; init; }

    /// <summary>Recomputations begun within any 60 s.</summary>
    [NumberRange(1, 600)]
    public int MaxCallsPerMinute { get; init; } = 6;

    /// <summary>Share of the caller's rate limit at ISL that must be left; where ISL names none, nothing is held back.</summary>
    [NumberRange(0, 1)]
    public double MinHeadroom { get; init; } = 0.5;
}
