namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>One request of a trace.</summary>
/// <param name="Key">The question.</param>
/// <param name="Seconds">What ISL takes for it.</param>
/// <param name="Size">Bytes of its entry.</param>
internal readonly record struct TraceItem(int Key, double Seconds, int Size);
