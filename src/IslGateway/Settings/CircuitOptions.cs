using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Circuit</c>: when a replica that fails is left alone for one family of endpoints, and for how long.</summary>
internal sealed class CircuitOptions
{
    /// <summary>
    /// How many different requests must have failed at a replica before it is left alone; one that fails again does not count again.
    /// </summary>
    [NumberRange(2, 10_000)]
    public int MinimumFailures { get; init; } = 20;

    /// <summary>Share of its calls, of one family of endpoints, that they must make.</summary>
    [NumberRange(0.01, 1)]
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>How far back both are counted.</summary>
    [DurationRange("100ms", "10m")]
    public TimeSpan SamplingDuration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing is sent there before one call is let through to see.</summary>
    [DurationRange("100ms", "10m")]
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(2);
}
