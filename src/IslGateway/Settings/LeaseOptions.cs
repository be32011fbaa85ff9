using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Lease</c>: how gateways that share a Redis make one call to ISL of many.</summary>
internal sealed class LeaseOptions
{
    /// <summary>
    /// With Redis, a question that several gateways are asked at once is one call to ISL; <c>false</c>: one for each gateway.
    /// </summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// How long after a gateway was killed another takes over what it was asking ISL. Renewed four times as often: callers of the other
    /// gateways are promised their answer within ISL's own time and 2 s.
    /// </summary>
    [DurationRange("200ms", "1m")]
    public TimeSpan Ttl { get; init; } = TimeSpan.FromMilliseconds(1_200);

    /// <summary>How often a gateway that waits for another looks whether it is done, besides being told.</summary>
    [DurationRange("10ms", "10s")]
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long, after an answer that could not be stored, gateways ask for the same question each for itself.</summary>
    [DurationRange("100ms", "1m")]
    public TimeSpan VainFor { get; init; } = TimeSpan.FromSeconds(2);
}
