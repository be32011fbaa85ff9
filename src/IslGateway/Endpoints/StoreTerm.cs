namespace IslGateway.Endpoints;

/// <summary>One term of a <see cref="StoreCondition"/>.</summary>
/// <param name="IsOfRequest">Whether it looks at the request instead of the answer.</param>
/// <param name="IsNegated">Whether it holds where its test does nowhere.</param>
/// <param name="Place">The places that it looks at.</param>
/// <param name="Test">What must hold at one of them.</param>
internal sealed record StoreTerm(bool IsOfRequest, bool IsNegated, JsonPlace Place, JsonTest Test);
