using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Cooldown</c>: when one request that keeps failing is refused alone, and for how long.</summary>
internal sealed class CooldownOptions
{
    /// <summary>How many calls for one request must have failed before it is refused alone.</summary>
    [NumberRange(1, 1_000)]
    public int Failures { get; init; } = 5;

    /// <summary>How far back they are counted.</summary>
    [DurationRange("100ms", "1h")]
    public TimeSpan SamplingDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is refused at first; doubled each time that the one call let through afterwards fails, too.</summary>
    [DurationRange("100ms", "1h")]
    public TimeSpan FirstBreak { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long it is refused at most.</summary>
    [DurationRange("100ms", "1d")]
    public TimeSpan LongestBreak { get; init; } = TimeSpan.FromSeconds(60);
}
