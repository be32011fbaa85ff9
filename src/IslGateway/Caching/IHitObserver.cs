using IslGateway.Caching.Answers;

namespace IslGateway.Caching;

/// <summary>Is told of hits. Caching defines it so that a workflow can listen without Caching knowing the workflow.</summary>
internal interface IHitObserver
{
    /// <summary>
    /// A hit of a <c>Deterministic</c> row is about to be served. Must return at once and copy what it needs, because afterwards the
    /// request's body may be gone.
    /// </summary>
    void Serving(CacheContext context, CacheHit hit);
}
