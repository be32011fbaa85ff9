using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Rollover;

/// <summary>
/// <c>Warming:Credentials</c> during one rollover: each asks what is in its own part of the cache, and any of them what all callers share.
/// The gateway keeps no caller's credential, so what belongs to another cannot be asked.
/// </summary>
internal sealed class RolloverCredentials : IDisposable
{
    private readonly WarmingCredential[] _all;
    private readonly Dictionary<Digest, WarmingCredential> _byDigest = [];

    /// <param name="settings">The settings.</param>
    /// <param name="secret">The HMAC key of digests.</param>
    public RolloverCredentials(GatewaySettings settings, ReadOnlySpan<byte> secret)
    {
        _all = WarmingCredential.Of(settings);
        foreach (var credential in _all)
        {
            var headers = new HeaderDictionary();
            credential.AddTo(headers);
            _byDigest.TryAdd(CredentialReader.Of(headers, settings.Credentials.Headers, secret).Digest, credential);
        }
    }

    /// <summary>Whether one of them may ask it, as far as that is known beforehand.</summary>
    public bool Has(KeptRequest request) => request.Owner == default || _byDigest.ContainsKey(request.Owner);

    /// <summary>The one to ask under; null: ISL refuses it.</summary>
    public WarmingCredential? For(KeptRequest request) =>
        request.Owner == default ? Array.Find(_all, credential => !credential.IsRefused)
        : _byDigest.GetValueOrDefault(request.Owner) is { IsRefused: false } own ? own
        : null;

    public void Dispose()
    {
        foreach (var credential in _all) credential.Dispose();
    }
}
