using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Keys;

/// <summary>All that keys are composed of besides the body: the bodies that are asked in the same way share one.</summary>
/// <param name="RawTarget">The raw path and query.</param>
/// <param name="Method">The method upstream.</param>
/// <param name="Credential">On partitioned rows the credential's digest.</param>
/// <param name="Tokens">The purge tokens.</param>
/// <param name="Epochs">The epochs: this very list.</param>
/// <param name="Secret">The HMAC key: this very array.</param>
internal sealed record KeyFrame(
    string RawTarget, string Method, Digest Credential, PurgeTokens Tokens, IReadOnlyList<Digest> Epochs, byte[] Secret)
{
    /// <summary>Whether it is made of these parts.</summary>
    public bool IsOf(
        string rawTarget, string method, Digest credential, PurgeTokens tokens, IReadOnlyList<Digest> epochs, byte[] secret) =>
        ReferenceEquals(epochs, Epochs) && ReferenceEquals(secret, Secret) && tokens == Tokens && credential == Credential
        && rawTarget == RawTarget && method == Method;
}
