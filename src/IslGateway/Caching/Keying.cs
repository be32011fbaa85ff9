using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Samples;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>
/// Steps 3 and 4 of the journey: makes the keys of a request to a cacheable row, and chooses the epochs to look under. For requests that
/// are served and for those that are only explained.
/// </summary>
internal sealed class Keying(
    CacheBypass bypasses, BodyMemo bodies, KeyComposer keys, TokenSet tokens, EpochChoice epochChoice, SessionVersions versions,
    CredentialMemo callers, RicherQuestions richer)
{
    /// <summary>
    /// Makes the request's <see cref="CacheContext.Ticket"/>, or fails the request if its body cannot be decoded
    /// (<see cref="CacheContext.Problem"/>).
    /// </summary>
    /// <returns>Why the request goes past the cache instead; else <c>None</c>.</returns>
    public ValueTask<Reason> KeyAsync(CacheContext context, EndpointRow row) => KeyAsync(context, row, leavesTraces: true);

    /// <summary>The same, and nothing is remembered or made for it.</summary>
    public ValueTask<Reason> PeekAsync(CacheContext context, EndpointRow row) => KeyAsync(context, row, leavesTraces: false);

    /// <summary>The credential that a request came with.</summary>
    public Credential CredentialOf(CacheContext context) =>
        callers.Of(context.Http.Request.Headers, context.Settings.Credentials.Headers, keys.SecretIn(context.Settings));

    private async ValueTask<Reason> KeyAsync(CacheContext context, EndpointRow row, bool leavesTraces)
    {
        var request = context.Http.Request;
        if (bypasses.Of(context, row) is var bypass and not Reason.None) return bypass;

        // 3. Key.
        var decoded = DecodeResult.Ok;
        var body = leavesTraces ? bodies.Find(row, context.Body!, out decoded) : bodies.Peek(row, context.Body!, out decoded);
        if (body is null)
        {
            context.Fail(BodyProblems.Of(decoded, context.Body!, context.Settings.Limits));
            return Reason.None;
        }

        if (body.Digest is not { } digest) return Reason.InexactBody;
        SessionKey? session = null;
        if (row.Cache == CachePolicy.Session)
        {
            session = await SessionAsync(body.User, context, leavesTraces);
            if (session is null) return Reason.SessionUnsafe;
        }

        var credential = leavesTraces ? CredentialOf(context)
            : CredentialReader.Of(request.Headers, context.Settings.Credentials.Headers, keys.SecretIn(context.Settings));
        var purged = tokens.KeyOf(row);

        // 4. Epoch.
        var (epochs, lapsed) = epochChoice.For(row, context.Settings);
        var own = new RequestKeys(keys, request, row, context.RawTarget, digest, credential, session, purged);
        context.Ticket = new CacheTicket
        {
            Row = row,
            Credential = credential,
            Directives = CallerDirectives.Of(request.Headers),
            Deadline = CallerDirectives.DeadlineOf(request.Headers, row.Timeout),
            Keys = own,
            Richer = context.Samples is { AtLeast: true } ? RicherIn(context, own) : null,
            Spelling = body.Plain,
            PurgeTokens = purged,
            Epochs = epochs,
            EpochLapsed = lapsed,
            IsCurrent = session is { } s
                ? async () => await versions.CurrentAsync(s.User, asker: null, CancellationToken.None) == s.BeliefVersion
                : static () => ValueTask.FromResult(true),
        };
        if (leavesTraces && context.Settings.Telemetry.KeyLog.Length > 0)
            context.Trace = new KeyTrace(context.Ticket.Keys.WithoutEpoch, epochs.Count > 0 ? epochs[0] : null);
        return Reason.None;
    }

    /// <summary>Apart, so that only a request that wants it pays for what is captured.</summary>
    private Func<IReadOnlyList<RicherQuestion>> RicherIn(CacheContext context, RequestKeys own) => () => richer.Of(context, own);

    private async ValueTask<SessionKey?> SessionAsync(Digest? named, CacheContext context, bool leavesTraces)
    {
        if (named is not { } user || !versions.AreSafe) return null;
        var aborted = context.Http.RequestAborted;
        var version = leavesTraces
            ? await versions.CurrentAsync(user, context.Redis, aborted)
            : await versions.PeekAsync(user, aborted);
        return version is { } now ? new SessionKey(user, now) : null;
    }
}
