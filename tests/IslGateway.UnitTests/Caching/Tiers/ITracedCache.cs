namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>A cache that a trace can be replayed through.</summary>
internal interface ITracedCache
{
    /// <summary>Asks for an item, and stores it where it is not there.</summary>
    /// <returns>Whether it was there.</returns>
    bool Ask(TraceItem item);
}
