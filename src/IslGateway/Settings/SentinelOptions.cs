using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Sentinel</c>: how much ISL may be asked again, to see whether stored answers are still what it would say.</summary>
internal sealed class SentinelOptions
{
    /// <summary>Share of hits, 0 to 1, that ISL is asked again, within the other limits; <c>0</c> is off.</summary>
    [NumberRange(0, 1)]
    public double Share { get; init; }

    /// <summary>Of them, how many at most within any 60 s.</summary>
    [NumberRange(1, 600)]
    public int MaxCallsPerMinute { get; init; } = 6;

    /// <summary>Share of the caller's rate limit at ISL that must be left for one; where ISL names none, nothing is held back.</summary>
    [NumberRange(0, 1)]
    public double MinHeadroom { get; init; } = 0.5;
}
