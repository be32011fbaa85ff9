using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Sessions;

/// <summary>Time whose clock can be set, as an operator or NTP does: timestamps go on as before.</summary>
internal sealed class SteppedTime : FakeTimeProvider
{
    /// <summary>How far the clock was set ahead.</summary>
    public TimeSpan Step { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Step;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
