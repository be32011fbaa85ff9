using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Keys;

/// <summary>
/// The keys of a body, one for each epoch, beside all that they were composed of: whoever asks the same again need not compose them anew.
/// </summary>
/// <param name="RawTarget">The raw path and query.</param>
/// <param name="Method">The method upstream.</param>
/// <param name="Credential">On partitioned rows the credential's digest.</param>
/// <param name="Tokens">The purge tokens.</param>
/// <param name="Epochs">The epochs: this very list.</param>
/// <param name="Secret">The HMAC key: this very array.</param>
/// <param name="Keys">The keys, in the order of the epochs.</param>
internal sealed record FinishedKeys(
    string RawTarget, string Method, Digest Credential, PurgeTokens Tokens, IReadOnlyList<Digest> Epochs, byte[] Secret, Digest[] Keys)
{
    /// <summary>Whether keys that are composed of these parts are these.</summary>
    public bool AreOf(
        string rawTarget, string method, Digest credential, PurgeTokens tokens, IReadOnlyList<Digest> epochs, byte[] secret) =>
        ReferenceEquals(epochs, Epochs) && ReferenceEquals(secret, Secret) && tokens == Tokens && credential == Credential
        && rawTarget == RawTarget && method == Method;
}
