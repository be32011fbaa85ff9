using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Workflows.Kept;

/// <summary>A kept request with what its place depends on, as it leaves the process.</summary>
/// <param name="Request">The request.</param>
/// <param name="Tokens">The purge tokens under which it was asked.</param>
/// <param name="Carried">The token that its credential's proof carried.</param>
internal sealed record KeptRecord(KeptRequest Request, PurgeTokens Tokens, Digest Carried)
{
    /// <summary>Its name outside the process. With a <c>Cache:KeySecret</c> it tells nobody else what was asked.</summary>
    public Digest Id => new KeptKey(Request.Question, Request.Owner).Whole;
}
