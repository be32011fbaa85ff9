using IslGateway.Caching.Answers;

namespace IslGateway.Caching.Filling;

/// <summary>What came of asking for a lease; neither: fill without one.</summary>
/// <param name="Answer">Another gateway's answer.</param>
/// <param name="Lease">The lease under which to fill.</param>
internal readonly record struct LeaseTurn(StoredAnswer? Answer, FillLease? Lease);
