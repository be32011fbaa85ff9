using IslGateway.Caching.Answers;
using IslGateway.Settings;

namespace IslGateway.Caching;

/// <summary>Hears of hits. Caching owns this edge; a workflow stands behind it.</summary>
internal interface IHitObserver
{
    /// <summary>Whether it wants to hear of none.</summary>
    bool IsOff(GatewaySettings settings);

    /// <summary>
    /// A hit of a <c>Deterministic</c> row is about to be served. Returns at once, and takes from the request what it needs before it
    /// returns: afterwards the request's body may be gone.
    /// </summary>
    void Serving(CacheContext context, CacheHit hit);
}
