using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Upstream;

namespace IslGateway.Caching.Keys;

/// <summary>
/// The keys of one request. All parts except the epoch are taken from the request once, so that a fill does not need the request.
/// </summary>
internal sealed class RequestKeys(
    KeyComposer composer, HttpRequest request, EndpointRow row, string rawTarget, Digest body, Credential credential, SessionKey? session,
    PurgeTokens generations)
{
    private readonly Digest _withoutEpoch = composer.Compose(request, row, rawTarget, body, credential, session, generations);

    /// <summary>
    /// Digest of the question alone, without who asks and what is stored; failures are counted by it. Reads the request's key headers, so
    /// it may be called only while the request exists.
    /// </summary>
    public Digest Question(HttpRequest asked) => composer.Compose(asked, row, rawTarget, body, default, session: null, default);

    /// <summary>The digest that the keys of all epochs are made of.</summary>
    public Digest WithoutEpoch => _withoutEpoch;

    /// <summary>The keys of the same request under another credential. Reads the request like <see cref="Question"/>.</summary>
    public RequestKeys For(HttpRequest asked, Credential other) =>
        new(composer, asked, row, rawTarget, body, other, session, generations);

    /// <summary>The keys of the same request with another body. Reads the request like <see cref="Question"/>.</summary>
    public RequestKeys With(HttpRequest asked, Digest other) =>
        new(composer, asked, row, rawTarget, other, credential, session, generations);

    /// <summary>The key for an epoch.</summary>
    public Digest Under(Digest epoch) => composer.Under(_withoutEpoch, epoch);
}
