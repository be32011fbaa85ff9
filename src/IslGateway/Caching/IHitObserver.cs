using IslGateway.Caching.Answers;
using IslGateway.Settings;

namespace IslGateway.Caching;

/// <summary>Is told of hits. Caching defines it so that a workflow can listen without Caching knowing the workflow.</summary>
internal interface IHitObserver
{
    /// <summary>Whether it wants to hear of none.</summary>
    bool IsOff(GatewaySettings settings);

    /// <summary>
    /// A hit of a <c>Deterministic</c> row is about to be served. Must return at once and copy what it needs, because afterwards the
    /// request's body may be gone.
    /// </summary>
    void Serving(CacheContext context, CacheHit hit);
}
