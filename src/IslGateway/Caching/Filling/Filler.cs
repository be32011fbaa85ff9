using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Runs one fill.
/// <code>
///   1. the key's lease, or the answer of the gateway that has it
///   2. a place upstream, or 503          5. may it be stored, under which epoch
///   3. dropped if nobody waits           6. keep: memory now, Redis once the epoch is confirmed
///   4. the call                          7. the result, for everyone who waits
/// </code>
/// </summary>
internal sealed partial class Filler(
    IUpstream upstream,
    LeaseTurns leases,
    FillGate gate,
    ReplicaBook replicas,
    CredentialGate credentials,
    MemoryStore memory,
    AnswerKeeper keeper,
    RowLifetimes lifetimes,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<Filler> logger)
{
    /// <summary>Runs a fill to its end. Never throws.</summary>
    public async Task<FillResult> RunAsync(Fill fill, FillOrder order)
    {
        try
        {
            using var activity = GatewayActivity.StartDetached(GatewayActivity.Fill, order.Parent);
            activity?.SetTag(GatewayActivity.EndpointTag, order.Row.Path);
            return await FillAsync(fill, order);
        }
        catch (OutOfMemoryException)
        {
            return FillResult.Failed(Problems.BuffersFull());
        }
        catch (Exception e)
        {
            if (!fill.IsGivenUp) LogFailed(order.Row.Name, order.RequestId, e);
            return FillResult.Failed(Problems.Internal());
        }
    }

    private async Task<FillResult> FillAsync(Fill fill, FillOrder order)
    {
        if (order.AcceptsStored && memory.TryGet(fill.Key, out var stored) && Freshness.Holds(stored, lifetimes.Of(order.Row), time))
            return new FillResult { Answer = stored, WasStored = true };

        var call = order.Call with { Key = order.Call.Key ?? fill.Key };
        if (upstream.Refusal(call) is { } refusal) return FillResult.NotSent(UpstreamProblems.Of(refusal.Failure, refusal.RetryAfter));

        var (shared, lease) = await MayLeaseAsync(order) ? await leases.TakeAsync(fill, order) : default;
        if (shared is not null) return new FillResult { Answer = shared, WasStored = true };
        var end = LeaseEnd.Vain;
        try
        {
            var result = await AskAsync(fill, order, call, lease);
            if (!result.WasSent) end = LeaseEnd.Released;
            return result;
        }
        finally
        {
            if (lease is { IsHandedOn: false }) lease.End(end);
        }
    }

    /// <summary>Callers with other credentials would wait for it at other gateways, so that ISL must know whose it is.</summary>
    private async ValueTask<bool> MayLeaseAsync(FillOrder order) =>
        credentials.IsKnown(order.Credential) || order.Row.CredentialScope == CredentialScope.Partitioned || !leases.Concern(order)
        || await credentials.AcceptsAsync(order.Call, order.RequestId, TimeSpan.MaxValue, CancellationToken.None);

    private async Task<FillResult> AskAsync(Fill fill, FillOrder order, UpstreamCall call, FillLease? lease)
    {
        var place = order.Place ?? await gate.EnterAsync(order.Credential, order.Patience, fill.Unwanted);
        var flowing = Task.CompletedTask;
        try
        {
            if (place is null || !fill.TryBegin()) return FillResult.NotSent(Problems.QueueFull(gate.RetryAfter));
            var result = await CallAsync(order, call, lease);
            flowing = result.Flowing;
            return result;
        }
        finally
        {
            if (flowing.IsCompleted) place?.Dispose();
            else _ = flowing.ContinueWith(static (_, held) => ((IDisposable?)held)?.Dispose(), place, TaskScheduler.Default);
        }
    }

    private async Task<FillResult> CallAsync(FillOrder order, UpstreamCall call, FillLease? lease)
    {

        var before = new Before(replicas.Replicas.ToDictionary(replica => replica.Id, replica => replica.Epoch), order.Settings.Cache.Generation);
        var begunAt = time.GetTimestamp();
        var deadline = new CancellationTokenSource(order.Row.UpstreamTimeout, time);
        var judge = new AnswerJudge(order, time);
        var answer = await upstream.SendAsync(call with { IsSound = judge.IsSound }, deadline.Token);

        // The time is for the answer to begin, and to be complete if it can be held: what streams on has as long as it takes.
        if (answer.Rest is null) deadline.Dispose();
        else deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        using var held = order.Budget.Hold(answer.Body.Length + (long)(judge.Shaped?.Body.Length ?? 0));
        if (answer.Failure is UpstreamFailure.CircuitOpen or UpstreamFailure.CoolingDown or UpstreamFailure.NoReplica)
            return FillResult.NotSent(UpstreamProblems.Of(answer.Failure, answer.RetryAfter));
        var took = time.GetElapsedTime(begunAt);
        metrics.Endpoint(order.Row.Path).ObserveUpstream(answer.Duration);

        // A page that something before ISL puts in its place accepts every credential.
        var isPage = answer.StatusCode is >= 200 and < 300 && answer.IsPage;
        if ((answer.Failure == UpstreamFailure.None && !isPage) || (answer.Failure == UpstreamFailure.Invalid && CredentialGate.IsRefusal(answer.StatusCode)))
            await credentials.LearnAsync(order.Credential, answer.StatusCode, begunAt);
        if (credentials.IsKnown(order.Credential)) gate.Served(took);
        if (answer.Failure != UpstreamFailure.None) return FillResult.Failed(UpstreamProblems.Of(answer.Failure), answer.Duration);
        if (answer.Rest is not null) return Oversize(answer);
        return await FileAsync(order, answer, judge, before, lease);
    }

    private async Task<FillResult> FileAsync(FillOrder order, UpstreamAnswer answer, AnswerJudge judge, Before before, FillLease? lease)
    {
        var (shaped, verdict) = (judge.Shaped!, judge.Verdict);
        var epoch = EpochOf(order, answer, verdict.Fingerprint, before.Epochs.GetValueOrDefault(answer.ReplicaId ?? ""));
        var reason = verdict.Reason != Reason.None ? verdict.Reason
            : order.NotToStore != Reason.None ? order.NotToStore
            : epoch is null ? IsAlternating(order, answer) ? Reason.AlternatingEpoch : Reason.ForeignEpoch
            : !await order.IsCurrent() ? Reason.BeliefsChanged
            : Reason.None;
        if (reason == Reason.None && !TryKeep(order, answer, ref shaped, verdict.Freshness, epoch!.DigestWith(before.Generation), epoch, lease)) reason = Reason.Overloaded;

        return new FillResult
        {
            Answer = shaped,
            NotStored = reason,
            IsPersonal = answer.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests
                || answer.IsRateLimited || reason == Reason.AnswerForbids,
            IsLeadersAlone = judge.HoldsForeignId || answer.Headers.ContentEncoding.Count > 0,
            LeaderHeaders = AnswerReader.ForLeader(answer),
            Epoch = epoch,
            ReplicaId = answer.ReplicaId,
            UpstreamDuration = answer.Duration,
        };
    }

    /// <summary>
    /// The epoch to file an answer under: the one that its replica's health reported before the call, as long as nothing in the answer
    /// says otherwise and the replica has not changed since. Null: do not store.
    /// </summary>
    private Epoch? EpochOf(FillOrder order, UpstreamAnswer answer, string? fingerprint, Epoch? before)
    {
        if (replicas.Find(answer.ReplicaId) is not { } replica) return null;
        var build = answer.Headers["x-olumi-service-build"] is [{ Length: > 0 } named] ? named : null;
        if (!replica.Witness(fingerprint, build))
        {
            replicas.WantPoll(replica);
            return null;
        }

        if (before is null) return null;
        var fits = (fingerprint is null || fingerprint == before.Fingerprint) && (build is null || build == before.Build);
        return fits && ReferenceEquals(replica.Epoch, before) && !IsAlternating(order, answer) ? before : null;
    }

    private bool TryKeep(FillOrder order, UpstreamAnswer answer, ref StoredAnswer shaped, AnswerFreshness said, Digest under, Epoch epoch, FillLease? lease)
    {
        var key = order.KeyUnder(under);
        var lifetime = said.Limit.AtMost(lifetimes.Of(order.Row));
        var jittered = lifetime with { Ttl = Freshness.Spread(lifetime.Ttl, order.Settings.Cache.Jitter, key) };
        shaped = shaped.Dated(time.GetTimestamp(), jittered, said.Age, Digest.Of(order.Call.Body.Span));
        return replicas.Find(answer.ReplicaId) is { } replica && keeper.TryKeep(order.Row, key, shaped, replica, epoch, lease);
    }

    private bool IsAlternating(FillOrder order, UpstreamAnswer answer) => replicas.Find(answer.ReplicaId)?.IsAlternating(order.Settings.Isl.EpochMaxAge) == true;

    private static FillResult Oversize(UpstreamAnswer answer) => new()
    {
        Answer = new StoredAnswer { StatusCode = answer.StatusCode, Headers = AnswerReader.Kept(answer), Body = answer.Body, IdGaps = [] },
        NotStored = Reason.Oversize,
        IsLeadersAlone = true,
        LeaderHeaders = AnswerReader.ForLeader(answer),
        Rest = answer.Rest,
        Flowing = answer.Flowing,
        UpstreamDuration = answer.Duration,
    };

    /// <summary>What was known before ISL was asked: its answer is of that, whatever has changed meanwhile.</summary>
    private readonly record struct Before(IReadOnlyDictionary<string, Epoch?> Epochs, string Generation);

    [LoggerMessage(Level = LogLevel.Error, Message = "A fill of {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
