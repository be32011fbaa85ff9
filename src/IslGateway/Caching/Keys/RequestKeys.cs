using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Upstream;

namespace IslGateway.Caching.Keys;

/// <summary>
/// The keys of one request: all that is in them but the epoch, taken from the request once, so that a fill need not hold on to it.
/// </summary>
internal sealed class RequestKeys(
    KeyComposer composer, HttpRequest request, EndpointRow row, string rawTarget, Digest body, Credential credential, SessionKey? session,
    PurgeTokens generations)
{
    private readonly Digest _withoutEpoch = composer.Compose(request, row, rawTarget, body, credential, session, generations);

    /// <summary>
    /// What is asked, whoever asks it and whatever is stored: failures are counted by it. Reads the request's key headers, so only while
    /// the request is there.
    /// </summary>
    public Digest Question(HttpRequest asked) => composer.Compose(asked, row, rawTarget, body, default, session: null, default);

    /// <summary>The key under an epoch.</summary>
    public Digest Under(Digest epoch) => composer.Under(_withoutEpoch, epoch);
}
