using IslGateway.Upstream.Resilience;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// One attempt of a detached call, carried on its context as a feature: what the choice of its replica goes by, and comes to.
/// </summary>
/// <param name="Call">The call.</param>
/// <param name="Family">Its family of endpoints, where circuits concern it.</param>
/// <param name="Tried">The replicas that the call was sent to before; grows when the attempt sends twice.</param>
internal sealed record UpstreamAttempt(UpstreamCall Call, string? Family, IReadOnlyCollection<string> Tried)
{
    /// <summary>Whose it is, if ISL does not know its credential: how it ends counts for nobody else.</summary>
    public Credential? Stranger { get; init; }

    /// <summary>It is a call that a half-open circuit lets through.</summary>
    public CircuitProbe? Probe { get; set; }

    /// <summary>It was not sent, since every circuit refuses; this is when to ask again.</summary>
    public TimeSpan? RefusedFor { get; set; }

    /// <summary>The connection ended under the request, and had been used before.</summary>
    public bool WasCutOff { get; set; }
}
