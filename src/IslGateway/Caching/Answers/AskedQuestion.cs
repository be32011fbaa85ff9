using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Answers;

/// <summary>What was asked, by whom, and under what its answer is stored.</summary>
/// <param name="Row">The row.</param>
/// <param name="Question">Digest of the question alone, without who asks and what is stored.</param>
/// <param name="Credential">The credential that asked.</param>
/// <param name="Tokens">The purge tokens that are part of the answer's key.</param>
/// <param name="Epoch">Digest of the epoch that the answer is stored under.</param>
internal readonly record struct AskedQuestion(EndpointRow Row, Digest Question, Credential Credential, PurgeTokens Tokens, Digest Epoch)
{
    /// <summary>Whose entry it is: the credential's, or, where all share one, nobody's.</summary>
    public Digest Owner => Row.CredentialScope == CredentialScope.Partitioned ? Credential.Digest : default;
}
