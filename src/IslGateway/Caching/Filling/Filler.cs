using System.Collections.Immutable;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Samples;
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
    UpstreamLimiter limiter,
    ReplicaRegistry replicas,
    CredentialVerifier credentials,
    MemoryStore memory,
    ConfirmedWriter writer,
    RowLifetimes lifetimes,
    UnstoredFills unstored,
    IRequestKeeper keeper,
    SampleIndex samples,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<Filler> logger)
{
    /// <summary>Runs a fill to its end. Never throws.</summary>
    public async Task<FillResult> RunAsync(Flight flight, FillRequest fill)
    {
        try
        {
            using var span = GatewayActivity.StartDetached(GatewayActivity.Fill, fill.Parent);
            flight.Span = span;
            span?.SetTag(GatewayActivity.EndpointTag, fill.Row.Path);
            span?.SetTag(GatewayActivity.PurposeTag, EndpointCalls.WordOf(fill.Call.Purpose));
            var result = await FillAsync(flight, fill);
            if (span is not null && result.Problem is { } problem) GatewayActivity.Fail(span, problem.Cause.Word());
            return result;
        }
        catch (OutOfMemoryException)
        {
            return FillResult.Failed(Problems.BuffersFull());
        }
        catch (Exception e)
        {
            if (!flight.IsGivenUp) LogFailed(fill.Row.Name, fill.RequestId, e);
            return FillResult.Failed(Problems.Internal());
        }
    }

    private async Task<FillResult> FillAsync(Flight flight, FillRequest fill)
    {
        if (fill.AcceptsStored && memory.TryGet(flight.Key, out var stored) && Freshness.Holds(stored, lifetimes.Of(fill.Row), time))
            return new FillResult { Answer = stored, WasStored = true };

        var call = fill.Call.Key is null ? fill.Call with { Key = flight.Key } : fill.Call;
        if (upstream.Refusal(call) is { } refusal) return FillResult.NotSent(UpstreamProblems.Of(refusal.Failure, refusal.RetryAfter));

        // 1. The lease, or another gateway's answer.
        var (shared, lease) = await MayLeaseAsync(fill) ? await leases.TakeAsync(flight, fill) : default;
        if (shared is not null) return new FillResult { Answer = shared, WasStored = true };
        var end = LeaseEnd.NotStored;
        try
        {
            var result = await AskAsync(flight, fill, call, lease);
            if (fill.NotToStore == Reason.None) unstored.Take(fill.Key, result);
            if (!result.WasSent) end = LeaseEnd.Released;
            return result;
        }
        finally
        {
            if (lease is { IsHandedOn: false }) lease.End(end);
        }
    }

    /// <summary>
    /// With a lease, callers at other gateways would wait for this answer, so a lease needs a credential that ISL accepts.
    /// </summary>
    private async ValueTask<bool> MayLeaseAsync(FillRequest fill) =>
        credentials.IsKnown(fill.Credential) || fill.Row.CredentialScope == CredentialScope.Partitioned || !leases.Concern(fill)
        || await credentials.AcceptsAsync(fill.Call, fill.RequestId, TimeSpan.MaxValue, CancellationToken.None);

    private async Task<FillResult> AskAsync(Flight flight, FillRequest fill, UpstreamCall call, FillLease? lease)
    {
        // 2. A place upstream, 3. if anybody still waits.
        var place = fill.Place ?? await EnterAsync(flight, fill);
        var flowing = Task.CompletedTask;
        try
        {
            if (place is null || !flight.TryBegin()) return FillResult.NotSent(Problems.QueueFull(limiter.RetryAfter));
            var result = await CallAsync(fill, call, lease);
            flowing = result.Flowing;
            return result;
        }
        finally
        {
            if (flowing.IsCompleted) place?.Dispose();
            else _ = flowing.ContinueWith(static (_, held) => ((IDisposable?)held)?.Dispose(), place, TaskScheduler.Default);
        }
    }

    private async ValueTask<IDisposable?> EnterAsync(Flight flight, FillRequest fill)
    {
        flight.Queue(time.GetTimestamp());
        try
        {
            return await limiter.EnterAsync(fill.Credential, fill.Patience, flight.Unwanted);
        }
        finally
        {
            flight.LeaveQueue(time.GetTimestamp());
        }
    }

    private async Task<FillResult> CallAsync(FillRequest fill, UpstreamCall call, FillLease? lease)
    {
        var before = Before.Of(replicas.Replicas, fill.Settings.Cache.Generation);
        var begunAt = time.GetTimestamp();
        var deadline = new CancellationTokenSource(fill.Row.UpstreamTimeout, time);
        var judge = new AnswerJudge(fill, time);

        // 4. The call.
        var answer = await upstream.SendAsync(call with { IsSound = judge.IsSound }, deadline.Token);

        // The deadline is for the answer to begin and, if it can be held in full, to be complete. An answer that streams on may take
        // longer.
        if (answer.Rest is null) deadline.Dispose();
        else deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        using var held = fill.Budget.Hold(answer.Body.Length + (long)(judge.Shaped?.BodyLength ?? 0));
        if (answer.Failure is UpstreamFailure.CircuitOpen or UpstreamFailure.CoolingDown or UpstreamFailure.NoReplica)
            return FillResult.NotSent(UpstreamProblems.Of(answer.Failure, answer.RetryAfter));
        var took = time.GetElapsedTime(begunAt);
        metrics.Endpoint(fill.Row.Path).ObserveUpstream(answer.Duration);

        // A web page comes from something in front of ISL and says nothing about the credential.
        var isPage = answer.StatusCode is >= 200 and < 300 && answer.IsPage;
        if ((answer.Failure == UpstreamFailure.None && !isPage)
            || (answer.Failure == UpstreamFailure.Invalid && CredentialVerifier.IsRefusal(answer.StatusCode)))
            await credentials.LearnAsync(fill.Credential, answer.StatusCode, begunAt);
        if (credentials.IsKnown(fill.Credential)) limiter.Served(took);
        if (answer.Failure != UpstreamFailure.None) return FillResult.Failed(UpstreamProblems.Of(answer.Failure), answer.Duration);
        if (answer.Rest is not null) return Oversize(answer);
        return await FileAsync(fill, answer, judge, before, lease);
    }

    private async Task<FillResult> FileAsync(FillRequest fill, UpstreamAnswer answer, AnswerJudge judge, Before before, FillLease? lease)
    {
        // 5. May it be stored, and under which epoch.
        var (shaped, verdict) = (judge.Shaped!, judge.Verdict);
        var epoch = EpochOf(fill, answer, verdict.Fingerprint, before.EpochOf(answer.ReplicaId));
        var reason = verdict.Reason != Reason.None ? verdict.Reason
            : fill.NotToStore != Reason.None ? fill.NotToStore
            : epoch is null ? IsAlternating(fill, answer) ? Reason.AlternatingEpoch : Reason.ForeignEpoch
            : !await fill.IsCurrent() ? Reason.BeliefsChanged
            : Reason.None;

        // 6. Keep it.
        if (reason == Reason.None)
            reason = Keep(fill, answer, ref shaped, verdict.Freshness, replicas.DigestOf(epoch!, before.Generation), epoch!, lease);
        if (reason == Reason.None) samples.Learn(fill.Row, fill.Call.RawTarget, fill.Call.Body.Span, fill.Budget);

        // 7. The result.
        return new FillResult
        {
            Answer = shaped,
            NotStored = reason,
            IsPersonal = answer.StatusCode
                    is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests
                || answer.IsRateLimited || reason == Reason.AnswerForbids,
            IsLeadersAlone = judge.HoldsForeignId || answer.Headers.ContentEncoding.Count > 0,
            LeaderHeaders = judge.LeaderHeaders,
            Epoch = epoch,
            ReplicaId = answer.ReplicaId,
            UpstreamDuration = answer.Duration,
        };
    }

    /// <summary>
    /// The epoch to file an answer under: the one that the replica's health reported before the call, if the answer does not contradict it
    /// and the replica has not changed since. Null: do not store.
    /// </summary>
    private Epoch? EpochOf(FillRequest fill, UpstreamAnswer answer, string? fingerprint, Epoch? before)
    {
        if (replicas.Find(answer.ReplicaId) is not { } replica) return null;
        var builds = answer.Headers["x-olumi-service-build"];

        // Of two builds nobody can say which one computed the answer.
        if (builds.Count > 1 && builds.Distinct().Skip(1).Any()) return null;
        var build = builds is [{ Length: > 0 } named, ..] ? named : null;
        if (!replica.Witness(fingerprint, build))
        {
            replicas.WantPoll(replica);
            return null;
        }

        if (before is null) return null;
        var fits = (fingerprint is null || fingerprint == before.Fingerprint) && (build is null || build == before.Build);
        return fits && ReferenceEquals(replica.Epoch, before) && !IsAlternating(fill, answer) ? before : null;
    }

    private Reason Keep(
        FillRequest fill, UpstreamAnswer answer, ref StoredAnswer shaped, AnswerFreshness said, Digest under, Epoch epoch,
        FillLease? lease)
    {
        var key = fill.KeyUnder(under);
        var lifetime = said.Limit.AtMost(lifetimes.Of(fill.Row));
        var jittered = lifetime with { Ttl = Freshness.Spread(lifetime.Ttl, fill.Settings.Cache.Jitter, key) };
        shaped = shaped.Dated(time.GetTimestamp(), jittered, said.Age, fill.Spelling);
        if (replicas.Find(answer.ReplicaId) is not { } replica) return Reason.ForeignEpoch;
        var reason = writer.Keep(fill.Row, key, shaped, replica, epoch, lease);
        if (reason != Reason.Overloaded && fill.Settings.Cache.KeepRequests > 0 && fill.Row.Cache == CachePolicy.Deterministic
            && fill.Call.Key is { } question)
            keeper.Stored(fill.Call, shaped, new AskedQuestion(fill.Row, question, fill.Credential, fill.PurgeTokens, under));
        return reason;
    }

    private bool IsAlternating(FillRequest fill, UpstreamAnswer answer) =>
        replicas.Find(answer.ReplicaId)?.IsAlternating(fill.Settings.Isl.EpochMaxAge) == true;

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

    /// <summary>What was known before ISL was asked, and so what its answer is filed by, whatever has changed meanwhile.</summary>
    private readonly record struct Before((string Replica, Epoch? Epoch)[] Epochs, string Generation)
    {
        public static Before Of(ImmutableArray<Replica> replicas, string generation)
        {
            var epochs = new (string, Epoch?)[replicas.Length];
            for (var i = 0; i < epochs.Length; i++) epochs[i] = (replicas[i].Id, replicas[i].Epoch);
            return new Before(epochs, generation);
        }

        public Epoch? EpochOf(string? replica)
        {
            foreach (var (id, epoch) in Epochs)
            {
                if (id == replica) return epoch;
            }

            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A fill of {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
