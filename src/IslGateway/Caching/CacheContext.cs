using System.Diagnostics;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Samples;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>
/// One request on its way through the gateway, and all that is found out about it. The edge makes it, it travels as a feature of the
/// request, and the edge reads it when the answer leaves.
/// </summary>
internal sealed class CacheContext : IPassedRequest
{
    private static readonly BufferBudget Unlimited = new(long.MaxValue);

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>The request and its answer.</summary>
    public required HttpContext Http { get; init; }

    /// <summary>The request id: sent upstream, put on the answer, the log scope and the span.</summary>
    public required string RequestId { get; init; }

    /// <summary>Whether the caller sent the id itself.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The request target as it stood on the request line, in origin form: path and query, never decoded.</summary>
    public required string RawTarget { get; init; }

    /// <summary>The row of the endpoint table that matches the raw path and the method; null if none does.</summary>
    public required EndpointRow? Row { get; init; }

    /// <summary>
    /// The settings in force when the request came; every step uses these. If the key were made under one set and the call under another, a
    /// reload in between could file one caller's answer under another's key.
    /// </summary>
    public required GatewaySettings Settings { get; init; }

    /// <summary>Where the gateway asks for itself, with nobody waiting: what that may take; null for callers' requests.</summary>
    public BackgroundRequest? Background { get; init; }

    /// <summary>The buffer budget that this request's buffers count in; without a limit unless the edge sets one.</summary>
    public BufferBudget Buffers { get; init; } = Unlimited;

    /// <summary>The request body, once the edge has read it: on cacheable rows, and on other rows if it came encoded.</summary>
    public RequestBody? Body { get; set; }

    /// <summary>The reading of the body, where it was begun before the edge came to it: whether it went well.</summary>
    public Task<bool>? BodyReading { get; set; }

    /// <summary>Whether the request counts as under way already, so that the journey does not count it a second time.</summary>
    public bool IsCounted { get; set; }

    /// <summary>What is known of the samples that it asks for, if the gateway has a part in that; null for all others.</summary>
    public SampleAsk? Samples { get; set; }

    /// <summary>Is told of the answer that ISL gave to this request's own call, before it is served; null: nobody wants to know.</summary>
    public Action<StoredAnswer>? Computed { get; set; }

    /// <summary>What the cache did.</summary>
    public CacheOutcome Outcome { get; set; } = CacheOutcome.Answered(Reason.Internal);

    /// <summary>The error to answer with, if the gateway itself must answer with one.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The error to answer with if a request that was passed through gets no answer.</summary>
    public Problem? Unanswered { get; set; }

    /// <summary>Whether the answer broke off after it began, and not because the caller left: the caller has only a part.</summary>
    public bool BrokeOff { get; set; }

    /// <summary>How long ISL took for this request's own call.</summary>
    public TimeSpan Upstream { get; set; }

    /// <summary>How long this request waited for a place upstream.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>How long ISL had taken for the answer, where it was served from the cache or another caller's call brought it.</summary>
    public TimeSpan Saved { get; set; }

    /// <summary>What <c>Telemetry:KeyLog</c> is told of this request; null without that log, or without a key.</summary>
    public KeyTrace? Trace { get; set; }

    /// <summary>How long the request has waited for Redis so far.</summary>
    public RedisPatience Redis => field ??= new RedisPatience();

    /// <summary>The request's keys, deadline and directives, from the moment at which it is keyed.</summary>
    public CacheTicket Ticket
    {
        get => field ?? throw new InvalidOperationException("The request is not keyed.");
        set;
    }

    /// <summary>Time since the request's head was read.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>What is left of the caller's whole wait; never negative.</summary>
    public TimeSpan Left(TimeSpan deadline) => deadline > Elapsed ? deadline - Elapsed : TimeSpan.Zero;

    /// <summary>The label of this request in metrics: the row's path, or <c>other</c>.</summary>
    public string Label => Row?.Path ?? EndpointTable.Other;

    /// <summary>The context of a request that has passed the edge.</summary>
    public static CacheContext Of(HttpContext http) =>
        http.Features.Get<CacheContext>() ?? throw new InvalidOperationException("The request has not passed the edge.");

    /// <summary>
    /// Ends the request with an error that the gateway makes, answered here unless <paramref name="outcome"/> says otherwise.
    /// </summary>
    public void Fail(Problem problem, CacheOutcome? outcome = null)
    {
        Problem = problem;
        Outcome = outcome ?? CacheOutcome.Answered(problem.Cause);
    }
}
