using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>
/// Finds hits that need nothing but this process's memory: a fresh answer, a credential that is proven, and nothing else to be done for it.
/// It goes by the rules of <see cref="CachingMiddleware"/>, to which everything else is left, and never waits.
/// </summary>
internal sealed class PlainHits(
    CacheBypass bypasses, BodyMemo bodies, KeyComposer composer, TokenSet tokens, EpochChoice epochChoice, CredentialMemo callers,
    ProofCache proofs, MemoryStore memory, RowLifetimes lifetimes, IHitObserver observer, IRequestKeeper keeper, EndpointTable table,
    TimeProvider time)
{
    /// <summary>By row, the frame of the keys that were composed last.</summary>
    private readonly KeyFrame?[] _frames = new KeyFrame?[table.Rows.Count];

    /// <summary>The hit, if there is such a one.</summary>
    /// <param name="context">A request to a deterministic row without directives of its own, its body read.</param>
    /// <param name="row">The row.</param>
    public CacheHit? Find(CacheContext context, EndpointRow row)
    {
        var (headers, settings) = (context.Http.Request.Headers, context.Settings);
        if (settings.Cache.Mode != CacheMode.On || !observer.IsOff(settings) || bypasses.Of(context, row) != Reason.None) return null;
        foreach (var name in row.KeyHeaders)
        {
            if (headers.ContainsKey(name)) return null;
        }

        if (bodies.Find(row, context.Body!, out _) is not { Digest: { } digest } body) return null;
        var secret = composer.SecretIn(settings);
        var credential = callers.Of(headers, settings.Credentials.Headers, secret);
        if (!ProofCache.IsSettled(proofs.AgeOf(credential), settings.Credentials)) return null;
        var (epochs, lapsed) = epochChoice.For(row, settings);
        if (lapsed is not null) return null;

        var keys = KeysOf(context, row, body, digest, credential, epochs, secret);
        for (var i = 0; i < keys.Length; i++)
        {
            if (!memory.TryGet(keys[i], out var stored)) continue;
            var hit = CacheHit.Of(stored, Reason.Memory, epochs[i], lapsed: null, directives: default, lifetimes.Of(row), time);
            if (!hit.IsFresh) continue;
            if (RefreshAhead.IsNearItsEnd(hit, settings)) return null;
            if (settings.Cache.KeepRequests > 0 && stored.CountHit())
            {
                var question = composer.Compose(
                    context.Http.Request, row, context.RawTarget, digest, credential: default, session: null, generations: default);
                keeper.Served(context, stored, new AskedQuestion(row, question, credential, tokens.KeyOf(row), epochs[i]));
            }

            return hit;
        }

        return null;
    }

    private Digest[] KeysOf(
        CacheContext context, EndpointRow row, BodyKey body, Digest digest, Credential credential, IReadOnlyList<Digest> epochs,
        byte[] secret)
    {
        var request = context.Http.Request;
        var purged = tokens.KeyOf(row);
        var method = KeyComposer.CanonicalMethod(request.Method);
        var owner = row.CredentialScope == CredentialScope.Partitioned ? credential.Digest : default;
        if (body.Finished is { } known && known.Frame.IsOf(context.RawTarget, method, owner, purged, epochs, secret)) return known.Keys;

        var composed = new RequestKeys(composer, request, row, context.RawTarget, digest, credential, session: null, purged);
        var keys = new Digest[epochs.Count];
        for (var i = 0; i < keys.Length; i++) keys[i] = composed.Under(epochs[i]);

        // A secret that a reload has just changed is not what the composer used.
        if (!ReferenceEquals(secret, composer.Secret())) return keys;
        ref var frame = ref _frames[row.Index];
        if (frame is not { } last || !last.IsOf(context.RawTarget, method, owner, purged, epochs, secret))
            last = new KeyFrame(context.RawTarget, method, owner, purged, epochs, secret);
        (frame, body.Finished) = (last, new FinishedKeys(last, keys));
        return keys;
    }
}
