using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Shutdown</c>: how the process leaves a load balancer.</summary>
internal sealed class ShutdownOptions
{
    /// <summary>Time between failing readiness and closing the listeners.</summary>
    [DurationRange("0s", "1h")]
    [ReadAtStart]
    public TimeSpan ReadinessDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Time that running requests are given to end.</summary>
    [DurationRange("0s", "1h")]
    [ReadAtStart]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What of that, when all requests have ended, ISL's health is given to confirm the newest answers, so that Redis has them for the next
    /// start.
    /// </summary>
    [DurationRange("0s", "1h")]
    public TimeSpan ConfirmTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
