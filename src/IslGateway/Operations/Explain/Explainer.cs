using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Outcomes;
using IslGateway.Upstream;
using IslGateway.Workflows.Experiments;
using IslGateway.Workflows.Precision;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Operations.Explain;

/// <summary>
/// Takes a request through the journey's own steps, up to where something would be served, sent or kept, and notes what each finds.
/// <code>
///   1. head      identity, row; what would be refused
///   2. body      read and decoded within the limits of bodies, with the number of samples that its caller or an experiment wants
///   3. key, and 4. epoch
///   5. lookup    memory and Redis, unmarked; what is known of the credential, without asking ISL
///   6. fill      whether ISL would be asked or its schema refuses the body, and how the latest fill ended
/// </code>
/// </summary>
internal sealed class Explainer(
    ContextFactory contexts, BodyStep bodyStep, Via via, Keying keying, AnswerLookup lookup, Surroundings surroundings,
    CredentialVerifier credentials, SchemaCheck validation, UnstoredFills unstored, IUpstream upstream, PrecisionStep precision,
    ExperimentStep experiments, IEnumerable<IGatewayEndpoint> endpoints)
{
    /// <summary>What would become of a request. The result is to be disposed of.</summary>
    public async Task<Explained> ExplainAsync(ExplainedRequest request, CancellationToken cancellationToken)
    {
        var explained = new Explained { Context = contexts.Create(HttpOf(request, cancellationToken)) };
        try
        {
            await FollowAsync(explained, cancellationToken);
            return explained;
        }
        catch
        {
            explained.Dispose();
            throw;
        }
    }

    private async Task FollowAsync(Explained explained, CancellationToken cancellationToken)
    {
        // 1. Head.
        var context = explained.Context;
        if (via.HasPassed(context.Http.Request.Headers.Via)) context.Fail(Problems.LoopDetected());
        else if (StrictRequestMiddleware.TroubleWith(context) is { } trouble)
            context.Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, trouble));
        else if (ReservedPathsMiddleware.Reserves(context.RawTarget) && ReservedPathsMiddleware.Find(endpoints, context) is not null)
            explained.Bypass = Reason.Batch;

        // 2. Body.
        if (context.Problem is not null || explained.Bypass != Reason.None) return;
        if (!await bodyStep.TakeAsync(context) || !precision.Take(context)) return;
        experiments.Peek(context);
        if (context.Row is not { IsCacheable: true } row)
        {
            PassBy(explained, context.Row is null ? Reason.UnknownEndpoint : Reason.EndpointNotCached);
            if (context is { Problem: null, Row: { } uncached, Body: not null } && validation.Peek(context, uncached) is { } misfit)
                context.Fail(misfit);
            return;
        }

        // 3. Key, and 4. epoch.
        var bypass = await keying.PeekAsync(context, row);
        if (context.Problem is not null) return;
        if (bypass != Reason.None)
        {
            PassBy(explained, bypass);
            return;
        }

        // 5. Lookup.
        var ticket = explained.Ticket = context.Ticket;
        explained.Hit = await lookup.PeekAsync(ticket, cancellationToken);
        (explained.Standing, explained.ProofAge) =
            await credentials.PeekAsync(ticket.Credential, context.Settings.Credentials, cancellationToken);
        await surroundings.LookAsync(explained, ticket, cancellationToken);

        // 6. Fill.
        explained.IsOversize = unstored.IsOversize(ticket.FillKey);
        explained.LastFill = unstored.Find(ticket.FillKey);
        explained.Refusal = upstream.Refusal(CallFor(context, ticket));
        if (explained.Hit is null && !ticket.Directives.OnlyIfCached && explained.Standing != CredentialStanding.Refused
            && validation.Peek(context, row) is { } refused) context.Fail(refused);
    }

    /// <summary>A request that goes past the cache is refused where its body does not decode, or where it asks for nothing else.</summary>
    private static void PassBy(Explained explained, Reason reason)
    {
        var context = explained.Context;
        if (CallerDirectives.Of(context.Http.Request.Headers).OnlyIfCached)
        {
            context.Fail(Problems.OnlyIfCached());
            return;
        }

        ReadOnlyMemory<byte> plain = default;
        var decoded = context.Row is { IsCacheable: true } ? context.Body!.TryGetPlain(out plain) : DecodeResult.Ok;
        if (!decoded.IsReadable()) context.Fail(BodyProblems.Of(decoded, context.Body!, context.Settings.Limits));
        else explained.Bypass = reason;
        if (reason == Reason.InexactBody) explained.Fault = BodyFault.Of(plain.Span);
    }

    private static UpstreamCall CallFor(CacheContext context, CacheTicket ticket) =>
        new(KeyComposer.CanonicalMethod(context.Http.Request.Method), context.RawTarget, context.Http.Request.Headers, default)
        {
            Row = ticket.Row,
            Key = ticket.Keys.Question(context.Http.Request),
            MaxAnswerSize = 0,
            Credential = ticket.Credential,
        };

    private static DefaultHttpContext HttpOf(ExplainedRequest request, CancellationToken cancellationToken)
    {
        var http = new DefaultHttpContext { RequestAborted = cancellationToken };
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = request.Path;
        http.Request.Method = request.Method;
        http.Request.Scheme = request.Scheme;
        foreach (var (name, values) in request.Headers) http.Request.Headers[name] = values;
        HopByHopMiddleware.RemoveNamed(http.Request.Headers);

        // How a body is framed says nothing of it, and one that was given decoded has no coding any more, unless that is one which is
        // refused.
        http.Request.Headers.Remove(HeaderNames.TransferEncoding);
        if (!request.IsOnTheWire && ContentCodings.TryParse(request.Headers.ContentEncoding, out _))
            http.Request.Headers.Remove(HeaderNames.ContentEncoding);
        http.Request.ContentLength = request.Body.Length;
        http.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyAhead(request.Body.Length > 0));
        http.Request.Body = new ReadOnlyMemoryStream(request.Body);
        return http;
    }

    private sealed record BodyAhead(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}
