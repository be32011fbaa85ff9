namespace IslGateway.Endpoints;

/// <summary>One term of a <see cref="StoreCondition"/>.</summary>
/// <param name="IsOfRequest">Whether it looks at the request, not at the answer.</param>
/// <param name="IsNegated">Whether it holds if its test is true nowhere.</param>
/// <param name="Place">The places that it looks at.</param>
/// <param name="Test">The test, which must be true at one of them.</param>
internal sealed record StoreTerm(bool IsOfRequest, bool IsNegated, JsonPlace Place, JsonTest Test);
