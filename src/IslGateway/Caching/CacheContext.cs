using System.Diagnostics;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>
/// One request on its way through the gateway and all that is found out about it: made by the edge, carried as a feature of the
/// request, read by the edge again when the answer leaves.
/// </summary>
internal sealed class CacheContext : IPassedRequest
{
    private static readonly BufferBudget Unlimited = new(long.MaxValue);

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>The request and its answer.</summary>
    public required HttpContext Http { get; init; }

    /// <summary>The id that goes upstream, on the answer, into the log scope and the span.</summary>
    public required string RequestId { get; init; }

    /// <summary>Whether the caller brought the id itself.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The request target as it stood on the request line, in origin form: path and query, never decoded.</summary>
    public required string RawTarget { get; init; }

    /// <summary>The row of the endpoint table that the raw path and the method match; none: <c>other</c>.</summary>
    public required EndpointRow? Row { get; init; }

    /// <summary>
    /// The settings in force when the request came: all that it meets goes by these. The key and the call must be of one reading, or a
    /// reload between them files one identity's answer under another's name.
    /// </summary>
    public required GatewaySettings Settings { get; init; }

    /// <summary>The bytes of all buffers, of which this request's are a part; without a limit where the edge gives none.</summary>
    public BufferBudget Buffers { get; init; } = Unlimited;

    /// <summary>The body, once the edge has read it: on rows that are cacheable, and on any other row whose body came encoded.</summary>
    public RequestBody? Body { get; set; }

    /// <summary>The reading of the body, where it was begun before the edge came to it: whether it went well.</summary>
    public Task<bool>? BodyReading { get; set; }

    /// <summary>What the cache did.</summary>
    public CacheOutcome Outcome { get; set; } = CacheOutcome.Answered(Reason.Internal);

    /// <summary>The error to answer with, if the gateway itself must answer with one.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The error that stands for the answer which a request that was passed through did not get.</summary>
    public Problem? Unanswered { get; set; }

    /// <summary>The answer began and broke off, and not because the caller left: the caller has half of it.</summary>
    public bool BrokeOff { get; set; }

    /// <summary>How long ISL took for this request's own call.</summary>
    public TimeSpan Upstream { get; set; }

    /// <summary>How long ISL took for the answer that was served from the cache.</summary>
    public TimeSpan Saved { get; set; }

    /// <summary>How long the request has waited for Redis so far.</summary>
    public RedisPatience Redis => field ??= new RedisPatience();

    /// <summary>What the cache knows of the request once it is keyed.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public CacheTicket Ticket
    {
        get => field ?? throw new InvalidOperationException("The request is not keyed.");
        set;
    }

    /// <summary>Time since the request's head was read.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>What is left of the caller's whole wait; never less than nothing.</summary>
    public TimeSpan Left(TimeSpan deadline) => deadline > Elapsed ? deadline - Elapsed : TimeSpan.Zero;

    /// <summary>The label of this request in metrics: the row's path, or <c>other</c>.</summary>
    public string Label => Row?.Path ?? EndpointTable.Other;

    /// <summary>The context of a request that has passed the edge.</summary>
    public static CacheContext Of(HttpContext http) =>
        http.Features.Get<CacheContext>() ?? throw new InvalidOperationException("The request has not passed the edge.");

    /// <summary>
    /// Ends the journey with an error of the gateway's own, answered here unless <paramref name="outcome"/> says otherwise.
    /// </summary>
    public void Fail(Problem problem, CacheOutcome? outcome = null)
    {
        Problem = problem;
        Outcome = outcome ?? CacheOutcome.Answered(problem.Cause);
    }
}
