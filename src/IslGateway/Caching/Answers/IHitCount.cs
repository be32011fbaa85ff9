namespace IslGateway.Caching.Answers;

/// <summary>Counts the hits of an answer for whoever keeps the request that it answers.</summary>
internal interface IHitCount
{
    /// <summary>Counts one, without waiting. False: it no longer counts.</summary>
    bool TryAdd();
}
