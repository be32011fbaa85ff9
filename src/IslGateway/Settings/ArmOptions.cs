using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>One arm of an experiment.</summary>
internal sealed record ArmOptions
{
    /// <summary>The number of samples, 1 to 1,000,000,000, that its requests ask for; each arm another one.</summary>
    [ReadAtStart]
    [NumberRange(1, 1_000_000_000)]
    public int? Samples { get; init; }

    /// <summary>Its share of the bodies, 0 to 1; those of all arms are 1 together.</summary>
    [ReadAtStart]
    [NumberRange(0, 1)]
    public double? Share { get; init; }
}
