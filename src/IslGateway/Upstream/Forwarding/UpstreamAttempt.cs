using IslGateway.Upstream.Resilience;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// One attempt of a detached call, carried as a feature of its context: what its replica is chosen by, and what comes of it.
/// </summary>
/// <param name="Call">The call.</param>
/// <param name="Family">The family of endpoints for circuits; null if none concerns it.</param>
/// <param name="Tried">The replicas that the call was sent to before; grows if the attempt sends twice.</param>
internal sealed record UpstreamAttempt(UpstreamCall Call, string? Family, IReadOnlyCollection<string> Tried)
{
    /// <summary>The call's credential if ISL is not known to accept it: then the outcome counts for that credential alone.</summary>
    public Credential? Stranger { get; init; }

    /// <summary>Set if it is the call that a half-open circuit lets through.</summary>
    public CircuitProbe? Probe { get; set; }

    /// <summary>Set if it was not sent because every circuit refuses: how long to wait before asking again.</summary>
    public TimeSpan? RefusedFor { get; set; }

    /// <summary>Whether a reused connection ended before the request was answered.</summary>
    public bool WasCutOff { get; set; }
}
