using IslGateway.Caching.Answers;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Forwards the rows that change beliefs: named in <c>InvalidatedBy</c> of a session row, never cached, retried or coalesced. The call is
/// detached: ISL goes on with an update whose caller has left, so the second raise comes when ISL has ended, not when the caller has.
/// </summary>
internal sealed class SessionUpdates(
    EndpointTable table,
    SessionVersions versions,
    UnfinishedUpdates unfinished,
    IUpstream upstream,
    GatewayMetrics metrics,
    TimeProvider time)
{
    private readonly Dictionary<string, JsonPointer[]> _usersAt = table.Rows
        .Where(row => row.Cache == CachePolicy.Session)
        .SelectMany(row => row.InvalidatedBy, (row, update) => (Update: update, User: row.SessionUser!))
        .GroupBy(pair => pair.Update, pair => pair.User)
        .ToDictionary(group => group.Key, group => group.ToArray());

    // An abandoned update is applied within ISL's own limit for it. The longest of all: a mark is never shortened by another row's.
    private readonly TimeSpan _unsettledFor = UpdatesIn(table).Select(row => row.UpstreamTimeout).DefaultIfEmpty().Max();

    private readonly Lookalikes _lookalikes = new(UpdatesIn(table));

    /// <summary>Whether the row changes beliefs.</summary>
    public bool Concerns(EndpointRow row) => _usersAt.ContainsKey(row.Name);

    /// <summary>Whether ISL may take a request that matches no row for an update, by another spelling or another method.</summary>
    public bool MayBe(HttpRequest request, string rawTarget) =>
        _lookalikes.Include(request.Method, RawTarget.PathOf(rawTarget).ToString(), request.Headers);

    /// <summary>
    /// Passes on what may be an update, as it came, between two raises of everyone's versions: what it says is not read. The second is made
    /// before its answer begins; if the caller leaves or nothing answers, ISL may yet apply it.
    /// </summary>
    public async Task PassAsync(CacheContext context, RequestDelegate next)
    {
        using var underWay = unfinished.Begin(null, _unsettledFor);
        await versions.RaiseAsync(null);
        Task? concluding = null;
        context.Http.Response.OnStarting(() => concluding ??= ConcludeAsync(null, HasEnded(context.Http.Response.StatusCode)));
        var answered = false;
        try
        {
            await next(context.Http);
            answered = !context.Http.RequestAborted.IsCancellationRequested && HasEnded(context.Http.Response.StatusCode);
        }
        finally
        {
            await (concluding ??= ConcludeAsync(null, answered));
        }
    }

    /// <summary>Forwards an update between two raises of its users' versions.</summary>
    public async Task ForwardAsync(CacheContext context, EndpointRow row)
    {
        context.Body!.TryGetPlain(out var plain);
        if (context.Buffers.TryHold(plain.Length) is not { } held)
        {
            context.Fail(Problems.BuffersFull());
            return;
        }

        var deadline = CallerDirectives.DeadlineOf(context.Http.Request.Headers, row.Timeout);
        var sending = await BeginAsync(context, row, plain, held);
        try
        {
            await AnswerAsync(context, await sending.WaitAsync(context.Left(deadline), time, context.Http.RequestAborted));
        }
        catch (TimeoutException)
        {
            Abandon(sending);
            context.Fail(Problems.DeadlinePassed(deadline));
        }
        catch (OperationCanceledException)
        {
            Abandon(sending);
            throw;
        }
    }

    /// <summary>
    /// Raises the versions and begins the call. What is held until it has ended is
    /// given back if it does not come to begin.
    /// </summary>
    private async Task<Task<UpstreamAnswer>> BeginAsync(CacheContext context, EndpointRow row, ReadOnlyMemory<byte> plain, BufferHold held)
    {
        IDisposable? underWay = null;
        var begun = false;
        try
        {
            var users = UsersOf(plain, row);
            var call = CallOf(context, row, plain);

            // The call has a copy: what the caller sent need not be held while its answer is on its way.
            context.Body!.Dispose();
            underWay = unfinished.Begin(users, _unsettledFor);
            await versions.RaiseAsync(users);
            Task<UpstreamAnswer> sending;
            using (ExecutionContext.SuppressFlow()) sending = Task.Run(() => SendAsync(call, row, users, underWay, held));
            begun = true;
            return sending;
        }
        finally
        {
            if (!begun)
            {
                underWay?.Dispose();
                held.Dispose();
            }
        }
    }

    private static UpstreamCall CallOf(CacheContext context, EndpointRow row, ReadOnlyMemory<byte> plain)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, value) in context.Http.Request.Headers) headers[name] = value;
        return new UpstreamCall(context.Http.Request.Method, context.RawTarget, headers, plain.ToArray())
        {
            Row = row,
            MaxAnswerSize = context.Settings.Cache.MaxEntrySize,
            CredentialHeaders = context.Settings.Credentials.Headers,
            RemoteAddress = context.Http.Connection.RemoteIpAddress,
        };
    }

    private async Task<UpstreamAnswer> SendAsync(
        UpstreamCall call, EndpointRow row, IReadOnlyList<Digest>? users, IDisposable underWay, BufferHold held)
    {
        var ended = false;
        try
        {
            var lifetime = new CancellationTokenSource(row.UpstreamTimeout, time);
            var answer = await upstream.SendAsync(call, lifetime.Token);

            // The time is for the answer to begin, and to be complete if it can be held: what streams on has as long as it takes.
            if (answer.Rest is null) lifetime.Dispose();
            else lifetime.CancelAfter(Timeout.InfiniteTimeSpan);
            metrics.Endpoint(row.Path).ObserveUpstream(answer.Duration);
            ended = HasEnded(answer);
            return answer;
        }
        finally
        {
            held.Dispose();
            await ConcludeAsync(users, ended);
            underWay.Dispose();
        }
    }

    private Task ConcludeAsync(IReadOnlyList<Digest>? users, bool ended) =>
        versions.ConcludeAsync(users, ended ? TimeSpan.Zero : _unsettledFor);

    /// <summary>
    /// Whether ISL is done with an update. What it, or something before it, leaves unanswered may still be computed and applied.
    /// </summary>
    private static bool HasEnded(UpstreamAnswer answer) => answer.Failure switch
    {
        UpstreamFailure.None => HasEnded(answer.StatusCode),
        UpstreamFailure.NoReplica or UpstreamFailure.Truncated or UpstreamFailure.OverBudget => true,
        _ => false,
    };

    private static bool HasEnded(int status) =>
        status is not (StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout);

    private static async Task AnswerAsync(CacheContext context, UpstreamAnswer answer)
    {
        context.Upstream = answer.Duration;
        if (answer.Failure != UpstreamFailure.None)
        {
            context.Fail(UpstreamProblems.Of(answer.Failure));
            return;
        }

        if (!FieldText.IsWritable(answer.Headers))
        {
            if (answer.Rest is { } unread) await unread.CompleteAsync();
            context.Fail(Problems.InvalidAnswer());
            return;
        }

        context.Http.Response.StatusCode = answer.StatusCode;
        foreach (var (name, value) in answer.Headers) context.Http.Response.Headers[name] = value;
        using var held = context.Buffers.Hold(answer.Body.Length);
        if (answer.Rest is { } rest) await AnswerWriter.StreamAsync(context, answer.Body, rest);
        else await AnswerPieces.WriteAsync(context.Http, answer.Body);
    }

    private static void Abandon(Task<UpstreamAnswer> sending) => _ = sending.ContinueWith(
        static done => done.IsCompletedSuccessfully ? done.Result.Rest?.CompleteAsync() : null,
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static IEnumerable<EndpointRow> UpdatesIn(EndpointTable table) => table.Rows.Where(
        row => table.Rows.Any(session => session.Cache == CachePolicy.Session && session.InvalidatedBy.Contains(row.Name)));

    private List<Digest>? UsersOf(ReadOnlyMemory<byte> plain, EndpointRow row)
    {
        var users = new List<Digest>();
        foreach (var pointer in _usersAt[row.Name])
        {
            if (SessionUsers.Find(plain, pointer) is not { } found) return null;
            users.AddRange(found);
        }

        return users;
    }
}
