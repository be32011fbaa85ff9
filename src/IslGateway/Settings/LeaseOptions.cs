using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Lease</c>: how gateways that share a Redis make one call to ISL of many.</summary>
internal sealed class LeaseOptions
{
    /// <summary>Whether a fill asks the other gateways first. Off, each gateway fills for itself.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// How long a lease outlives a gateway that was killed; renewed four times as often. Callers of the other gateways are promised their
    /// answer within ISL's own time and 2 s: a lease renewed each second only would have to live too long for that.
    /// </summary>
    [DurationRange("200ms", "1m")]
    public TimeSpan Ttl { get; init; } = TimeSpan.FromMilliseconds(1_200);

    /// <summary>How often a fill that waits for another gateway looks whether it is done, besides being told.</summary>
    [DurationRange("10ms", "10s")]
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long, after an answer that could not be stored, fills of the same question go without a lease.</summary>
    [DurationRange("100ms", "1m")]
    public TimeSpan VainFor { get; init; } = TimeSpan.FromSeconds(2);
}
