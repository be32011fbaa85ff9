using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>
/// The cache's step of the journey. The edge has given the request its identity (1) and read its body (2).
/// <code>
///   3. key        body digest, credential, belief version, purge generations; anything that cannot be keyed exactly is forwarded
///   4. epoch      the configurations that live replicas report; none known: nothing is stored, and what is there can only stand in for ISL
///   5. lookup     memory, then Redis; a hit needs a proven credential
///   6. fill       one call to ISL for all who ask
///   7. answer     each caller's own id in ISL's place for it
/// </code>
/// </summary>
internal sealed class CachingMiddleware(
    RequestDelegate next,
    BodyMemo bodies,
    KeyComposer keys,
    Generations generations,
    EpochChoice epochChoice,
    BeliefVersions beliefs,
    BeliefUpdates updates,
    CredentialGate credentials,
    AnswerLookup lookup,
    FillDesk fills,
    Quarantine quarantine,
    IHitObserver observer,
    TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        var exchange = Exchange.Of(context);
        return exchange.Row switch
        {
            { IsCacheable: true } row => JourneyAsync(context, exchange, row),
            _ when CallerDirectives.Of(context.Request.Headers).OnlyIfCached => RefuseToAsk(exchange),
            null => ForwardAsync(context, exchange, Reason.UnknownEndpoint),
            var row => updates.Concerns(row) ? UpdateAsync(context, exchange, row) : ForwardAsync(context, exchange, Reason.EndpointNotCached),
        };
    }

    /// <summary>Nothing is ever stored for what is no cacheable row, so that the one answer which the caller allows is not there.</summary>
    private static Task RefuseToAsk(Exchange exchange)
    {
        exchange.Fail(Problems.OnlyIfCached());
        return Task.CompletedTask;
    }

    private async Task JourneyAsync(HttpContext context, Exchange exchange, EndpointRow row)
    {
        var request = context.Request;
        if (BypassOf(exchange, request, row) is var bypass and not Reason.None)
        {
            await ForwardPlainAsync(context, exchange, bypass);
            return;
        }

        if (bodies.Find(row, exchange.Body!, out var decoded) is not { } body)
        {
            exchange.Fail(BodyProblems.Of(decoded, exchange.Body!, exchange.Settings.Limits));
            return;
        }

        if (body.Digest is null)
        {
            await ForwardPlainAsync(context, exchange, Reason.InexactBody);
            return;
        }

        SessionKey? session = null;
        if (row.Cache == CachePolicy.Session)
        {
            session = await SessionAsync(body.User, exchange, context.RequestAborted);
            if (session is null)
            {
                await ForwardPlainAsync(context, exchange, Reason.SessionUnsafe);
                return;
            }
        }

        var credential = CredentialOf(exchange, request);
        var (epochs, lapsed) = epochChoice.For(row, exchange.Settings);
        var purged = generations.KeyOf(row);
        var ticket = new CacheTicket
        {
            Row = row,
            Credential = credential,
            Directives = CallerDirectives.Of(request.Headers),
            Deadline = CallerDirectives.DeadlineOf(request.Headers, row.Timeout),
            Keys = new RequestKeys(keys, request, row, exchange.RawTarget, body.Digest.Value, credential, session, purged),
            Spelling = body.Plain,
            Generations = purged,
            Epochs = epochs,
            EpochLapsed = lapsed,
            IsCurrent = session is { } s
                ? async () => await beliefs.CurrentAsync(s.User, asker: null, CancellationToken.None) == s.BeliefVersion
                : static () => ValueTask.FromResult(true),
        };

        var found = await lookup.FindAsync(ticket, exchange, context.RequestAborted);
        if (exchange.Settings.Cache.Mode == CacheMode.Observe)
        {
            if (ticket.Directives.OnlyIfCached) exchange.Fail(Problems.OnlyIfCached());
            else await fills.ObserveAsync(context, exchange, ticket, found is { IsFresh: true } fresh ? fresh.Answer : null);
            return;
        }

        if (found is { IsFresh: true, IsWanted: true } hit)
        {
            var verdict = await credentials.CheckAsync(context, credential, exchange.RequestId, exchange.Left(ticket.Deadline));
            if (verdict.Standing == CredentialStanding.Refused)
            {
                await AnswerRefusalAsync(context, exchange, verdict.Refusal!);
                return;
            }

            if (verdict.Standing == CredentialStanding.Proven)
            {
                fills.RefreshIfDue(context, exchange, ticket, hit);

                // Before the answer is written, which gives the request's buffers back.
                if (row.Cache == CachePolicy.Deterministic) observer.Serving(context, exchange, ticket, hit);
                await HitAnswer.WriteAsync(context, exchange, hit);
                return;
            }
        }

        if (ticket.Directives.OnlyIfCached)
        {
            exchange.Fail(Problems.OnlyIfCached());
            return;
        }

        var alone = await fills.ServeAsync(context, exchange, ticket, found);
        if (alone != Reason.None) await fills.ServeAloneAsync(context, exchange, ticket, found, alone);
    }

    private async ValueTask<SessionKey?> SessionAsync(Digest? named, Exchange exchange, CancellationToken cancellationToken) =>
        named is { } user && beliefs.AreSafe && await beliefs.CurrentAsync(user, exchange, cancellationToken) is { } version
            ? new SessionKey(user, version)
            : null;

    private Reason BypassOf(Exchange exchange, HttpRequest request, EndpointRow row) =>
        exchange.Settings.Cache.Mode == CacheMode.Off ? Reason.CacheOff
        : request.Headers.ContainsKey(HeaderNames.Origin) ? Reason.CrossOrigin
        : request.Headers.ContentType.Count > 0 && !AnswerReader.IsJson(request.Headers) ? Reason.NotJsonRequest
        : exchange.Settings.Cache.Mode == CacheMode.On && quarantine.Holds(row) ? Reason.Quarantined
        : Reason.None;

    private static async Task AnswerRefusalAsync(HttpContext context, Exchange exchange, FillResult refusal)
    {
        exchange.Outcome = new CacheOutcome(CacheDisposition.Miss, Reason.RefusedCredential, ForwardStatus: refusal.ForwardStatus);
        await AnswerWriter.WriteAsync(context, exchange, refusal.Answer!, refusal.LeaderHeaders);
    }

    private async Task UpdateAsync(HttpContext context, Exchange exchange, EndpointRow row)
    {
        exchange.Outcome = CacheOutcome.Bypass(Reason.EndpointNotCached);
        if (await IsRefusedAsync(context, exchange, CallerDirectives.DeadlineOf(context.Request.Headers, row.Timeout))) return;
        var begunAt = time.GetTimestamp();
        await updates.ForwardAsync(context, exchange, row);
        await HeedRefusalAsync(context, exchange, begunAt);
    }

    private async Task ForwardAsync(HttpContext context, Exchange exchange, Reason reason)
    {
        exchange.Outcome = CacheOutcome.Bypass(reason);
        var begunAt = time.GetTimestamp();
        if (exchange.Row is { } row) await PassAsync(context, exchange, row);
        else if (!updates.MayBe(context.Request, exchange.RawTarget)) await next(context);
        else if (await IsRefusedAsync(context, exchange, Timeout.InfiniteTimeSpan)) return;
        else await updates.PassAsync(context, next);
        await HeedRefusalAsync(context, exchange, begunAt);
    }

    /// <summary>
    /// An update raises belief versions before ISL has said a word, so that a credential which is not proven is checked first: what ISL refuses is
    /// answered with that, is not sent, and costs nobody a hit. Where it cannot tell, the update is on its way. Where no session answers are kept
    /// there is nothing to lose.
    /// </summary>
    private async ValueTask<bool> IsRefusedAsync(HttpContext context, Exchange exchange, TimeSpan deadline)
    {
        if (!beliefs.AreSafe || exchange.Settings.Cache.Mode == CacheMode.Off) return false;
        var left = deadline == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : exchange.Left(deadline);
        var verdict = await credentials.CheckAsync(context, CredentialOf(exchange, context.Request), exchange.RequestId, left);
        if (verdict.Standing != CredentialStanding.Refused) return false;
        exchange.Outcome = CacheOutcome.Bypass(Reason.RefusedCredential) with { ForwardStatus = verdict.Refusal!.ForwardStatus };
        await AnswerWriter.WriteAsync(context, exchange, verdict.Refusal.Answer!, verdict.Refusal.LeaderHeaders);
        return true;
    }

    /// <summary>A credential that ISL refuses on any path is proven no longer.</summary>
    private ValueTask HeedRefusalAsync(HttpContext context, Exchange exchange, long begunAt) =>
        exchange.Problem is null && CredentialGate.IsRefusal(context.Response.StatusCode)
            ? credentials.LearnAsync(CredentialOf(exchange, context.Request), context.Response.StatusCode, begunAt)
            : ValueTask.CompletedTask;

    private Credential CredentialOf(Exchange exchange, HttpRequest request) =>
        Credential.Of(request.Headers, exchange.Settings.Credentials.Headers, keys.SecretIn(exchange.Settings));

    private async Task PassAsync(HttpContext context, Exchange exchange, EndpointRow row)
    {
        // The row's deadline holds for what is passed through as well; what matches no row has none to keep.
        var deadline = CallerDirectives.DeadlineOf(context.Request.Headers, row.Timeout);
        var caller = context.RequestAborted;
        using var passed = new CancellationTokenSource(exchange.Left(deadline), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(passed.Token, caller);
        context.RequestAborted = either.Token;

        // It is a wait for the answer to begin: one that streams is not cut off.
        var waits = true;
        context.Response.OnStarting(() =>
        {
            if (waits) passed.CancelAfter(Timeout.InfiniteTimeSpan);
            return Task.CompletedTask;
        });
        try
        {
            await next(context);
        }
        finally
        {
            waits = false;
            context.RequestAborted = caller;
        }

        if (passed.IsCancellationRequested && !caller.IsCancellationRequested && !context.Response.HasStarted) exchange.Fail(Problems.DeadlinePassed(deadline));
    }

    /// <summary>Forwards a request to a cacheable row without the cache: with its plain body and its own id, and otherwise as it came.</summary>
    private Task ForwardPlainAsync(HttpContext context, Exchange exchange, Reason reason)
    {
        if (CallerDirectives.Of(context.Request.Headers).OnlyIfCached) return RefuseToAsk(exchange);

        var result = exchange.Body!.TryGetPlain(out var plain);
        if (result is not (DecodeResult.Ok or DecodeResult.Mislabelled))
        {
            exchange.Fail(BodyProblems.Of(result, exchange.Body, exchange.Settings.Limits));
            return Task.CompletedTask;
        }

        exchange.Body.Attach(context.Request, plain);
        context.Request.Method = KeyComposer.CanonicalMethod(context.Request.Method);
        return ForwardAsync(context, exchange, reason);
    }
}
