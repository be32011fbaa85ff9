using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;

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
    Keying keying,
    SessionVersions versions,
    SessionUpdates updates,
    CredentialVerifier credentials,
    AnswerLookup lookup,
    MissHandler misses,
    SchemaCheck validation,
    IHitObserver observer,
    IRequestKeeper keeper,
    TimeProvider time)
{
    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        return context.Row switch
        {
            { IsCacheable: true } row => JourneyAsync(context, row),
            _ when CallerDirectives.Of(http.Request.Headers).OnlyIfCached => RefuseToAsk(context),
            null => ForwardAsync(context, Reason.UnknownEndpoint),
            { Validation: BodyValidation.Schema } row => CheckedAsync(context, row),
            var row => UncachedAsync(context, row),
        };
    }

    private async Task CheckedAsync(CacheContext context, EndpointRow row)
    {
        if (!await validation.AnswersAsync(context, row)) await UncachedAsync(context, row);
    }

    private Task UncachedAsync(CacheContext context, EndpointRow row) =>
        updates.Concerns(row) ? UpdateAsync(context, row) : ForwardAsync(context, Reason.EndpointNotCached);

    /// <summary>An uncacheable row never has a stored answer, so <c>only-if-cached</c> can only be refused.</summary>
    private static Task RefuseToAsk(CacheContext context)
    {
        context.Fail(Problems.OnlyIfCached());
        return Task.CompletedTask;
    }

    private async Task JourneyAsync(CacheContext context, EndpointRow row)
    {
        // 3. Key, and 4. epoch.
        if (await keying.KeyAsync(context, row) is var bypass and not Reason.None)
        {
            await ForwardPlainAsync(context, bypass);
            return;
        }

        if (context.Problem is not null) return;

        // 5. Lookup.
        var found = await lookup.FindAsync(context.Ticket, context.Redis, context.Http.RequestAborted);
        if (context.Settings.Cache.Mode == CacheMode.Observe)
        {
            if (context.Ticket.Directives.OnlyIfCached) context.Fail(Problems.OnlyIfCached());
            else if (found is not null || !await validation.AnswersAsync(context, row))
                await misses.ObserveAsync(context, found is { IsFresh: true } fresh ? fresh.Answer : null);
            return;
        }

        if (found is { IsFresh: true, IsWanted: true } hit)
        {
            var verdict = await credentials.CheckAsync(context, context.Ticket.Credential, context.Left(context.Ticket.Deadline));
            if (verdict.Standing == CredentialStanding.Refused)
            {
                var refused = new CacheOutcome(CacheDisposition.Miss, Reason.RefusedCredential);
                await AnswerWriter.WriteRefusalAsync(context, verdict.Refusal!, refused);
                return;
            }

            if (verdict.Standing == CredentialStanding.Proven)
            {
                misses.RefreshIfDue(context, hit);

                // Before the answer is written, because writing it releases the request's body.
                if (row.Cache == CachePolicy.Deterministic && context.Background is null) Observe(context, hit);

                // 7. Answer.
                await HitAnswer.WriteAsync(context, hit);
                return;
            }
        }

        if (context.Ticket.Directives.OnlyIfCached)
        {
            context.Fail(Problems.OnlyIfCached());
            return;
        }

        if (found is null && await validation.AnswersAsync(context, row)) return;

        // 6. Fill, and 7. answer with its result.
        var alone = await misses.ServeAsync(context, found);
        if (alone != Reason.None) await misses.ServeAloneAsync(context, found, alone);
    }

    private void Observe(CacheContext context, CacheHit hit)
    {
        observer.Serving(context, hit);
        var ticket = context.Ticket;
        if (context.Settings.Cache.KeepRequests == 0 || ticket.Directives.NoStore || !hit.Answer.CountHit()) return;
        var question = ticket.Keys.Question(context.Http.Request);
        keeper.Served(context, hit.Answer, new AskedQuestion(ticket.Row, question, ticket.Credential, ticket.PurgeTokens, hit.Epoch));
    }

    private async Task UpdateAsync(CacheContext context, EndpointRow row)
    {
        context.Outcome = CacheOutcome.Bypass(Reason.EndpointNotCached);
        if (await IsRefusedAsync(context, CallerDirectives.DeadlineOf(context.Http.Request.Headers, row.Timeout))) return;
        var begunAt = time.GetTimestamp();
        await updates.ForwardAsync(context, row);
        await HeedRefusalAsync(context, begunAt);
    }

    private async Task ForwardAsync(CacheContext context, Reason reason)
    {
        context.Outcome = CacheOutcome.Bypass(reason);
        var begunAt = time.GetTimestamp();
        if (context.Row is { } row) await PassAsync(context, row);
        else if (!updates.MayBe(context.Http.Request, context.RawTarget)) await next(context.Http);
        else if (await IsRefusedAsync(context, Timeout.InfiniteTimeSpan)) return;
        else await updates.PassAsync(context, next);
        await HeedRefusalAsync(context, begunAt);
    }

    /// <summary>
    /// An update raises belief versions before ISL has answered, so an unproven credential is checked first: a refused update is answered
    /// with the refusal and does not end any session hits. If ISL cannot tell, the update goes upstream. Where sessions are not cached,
    /// nothing is checked.
    /// </summary>
    private async ValueTask<bool> IsRefusedAsync(CacheContext context, TimeSpan deadline)
    {
        if (!versions.AreSafe || context.Settings.Cache.Mode == CacheMode.Off) return false;
        var left = deadline == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : context.Left(deadline);
        var verdict = await credentials.CheckAsync(context, keying.CredentialOf(context), left);
        if (verdict.Standing != CredentialStanding.Refused) return false;
        await AnswerWriter.WriteRefusalAsync(context, verdict.Refusal!, CacheOutcome.Bypass(Reason.RefusedCredential));
        return true;
    }

    /// <summary>A credential that ISL refuses on any path loses its proof.</summary>
    private ValueTask HeedRefusalAsync(CacheContext context, long begunAt) =>
        context.Problem is null && CredentialVerifier.IsRefusal(context.Http.Response.StatusCode)
            ? credentials.LearnAsync(keying.CredentialOf(context), context.Http.Response.StatusCode, begunAt)
            : ValueTask.CompletedTask;

    private async Task PassAsync(CacheContext context, EndpointRow row)
    {
        // The row's deadline also holds for requests that pass through; requests without a row have none.
        var deadline = CallerDirectives.DeadlineOf(context.Http.Request.Headers, row.Timeout);
        var caller = context.Http.RequestAborted;
        using var passed = new CancellationTokenSource(context.Left(deadline), time);
        using var left = caller.UnsafeRegister(static passed => ((CancellationTokenSource)passed!).Cancel(), passed);
        context.Http.RequestAborted = passed.Token;

        // The deadline is for the beginning of the answer: one that has begun is not cut off.
        var waits = true;
        context.Http.Response.OnStarting(() =>
        {
            if (waits) passed.CancelAfter(Timeout.InfiniteTimeSpan);
            return Task.CompletedTask;
        });
        try
        {
            await next(context.Http);
        }
        finally
        {
            waits = false;
            context.Http.RequestAborted = caller;
        }

        if (passed.IsCancellationRequested && !caller.IsCancellationRequested && !context.Http.Response.HasStarted)
            context.Fail(Problems.DeadlinePassed(deadline));
    }

    /// <summary>
    /// Forwards a request to a cacheable row without the cache: with its decoded body and the gateway's request id, otherwise unchanged.
    /// </summary>
    private async Task ForwardPlainAsync(CacheContext context, Reason reason)
    {
        if (CallerDirectives.Of(context.Http.Request.Headers).OnlyIfCached)
        {
            await RefuseToAsk(context);
            return;
        }

        var result = context.Body!.TryGetPlain(out var plain);
        if (!result.IsReadable())
        {
            context.Fail(BodyProblems.Of(result, context.Body, context.Settings.Limits));
            return;
        }

        if (await validation.AnswersAsync(context, context.Row!)) return;

        context.Body.Attach(context.Http.Request, plain);
        context.Http.Request.Method = KeyComposer.CanonicalMethod(context.Http.Request.Method);
        await ForwardAsync(context, reason);
    }
}
