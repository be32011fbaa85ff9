using System.Diagnostics;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Telemetry;
using IslGateway.Upstream.Resilience;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Makes calls to ISL that belong to no request: the rest of YARP's pipeline, run on a context of their own, whose answer goes into a
/// capped buffer. Fills, their further attempts and probes are this one mechanism.
/// <code>
///   call      is its question cooling down?
///   attempt   chooses a replica by the circuits; how it ends is told to that replica's
///   stranger  a credential that ISL does not know: what fails under it cools and opens for itself alone. A 2xx proves it, and counts for
///             all
///   exchange  is made once more if the connection ended that had been used before: ISL had closed it, which is nobody's failure if it is
///             answered then. It counts as one of the further attempts: a body that crashes ISL is not sent more often
/// </code>
/// <code>
///   connection   pooled, if the call can be sent again should it end; its own for what cannot be, for every further sending, which must
///                not meet the end of another, and for large bodies
/// </code>
/// </summary>
internal sealed class DetachedUpstream(
    IServiceProvider services,
    IProxyStateLookup proxy,
    BufferBudget budget,
    IKnownCredentials known,
    RateLimits limits,
    UpstreamRetry retry,
    Circuits circuits,
    PoisonRequests poisonRequests,
    GatewayMetrics metrics) : IUpstream
{
    private RequestDelegate? _next;

    /// <summary>Takes the rest of the pipeline, after the cache; called once, while the application is built.</summary>
    public void Attach(RequestDelegate next) => _next = next;

    public UpstreamRefusal? Refusal(UpstreamCall call)
    {
        if (call.Key is not { } key || FamilyOf(call) is not { } family) return null;
        var stranger = StrangerOf(call);
        if (poisonRequests.RefusedFor(key, stranger) is { } cooled) return new UpstreamRefusal(UpstreamFailure.CoolingDown, cooled);
        return proxy.TryGetCluster(UpstreamCluster.Id, out var cluster)
            && RefusedFor(cluster.DestinationsState.AvailableDestinations, family, stranger) is { } open
            ? new UpstreamRefusal(UpstreamFailure.CircuitOpen, open)
            : null;
    }

    public int Replicas
    {
        get
        {
            if (!proxy.TryGetCluster(UpstreamCluster.Id, out var cluster)) return 1;
            var (replicas, sound) = (cluster.DestinationsState.AvailableDestinations, 0);
            if (replicas.Count <= 1 || circuits.AreClosed) return Math.Max(1, replicas.Count);
            foreach (var replica in replicas)
            {
                if (!circuits.IsSuspect(replica.DestinationId, null)) sound++;
            }

            return Math.Max(1, sound);
        }
    }

    public async Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        var history = new CallHistory { Stranger = StrangerOf(call) };
        if (call.Key is not { } key || FamilyOf(call) is not { } family) return await AttemptsAsync(call, null, history, cancellationToken);
        var stranger = history.Stranger;
        if (poisonRequests.Begin(key, stranger) is { } wait)
            return new UpstreamAnswer { Failure = UpstreamFailure.CoolingDown, RetryAfter = wait };
        try
        {
            return await AttemptsAsync(call, family, history, cancellationToken);
        }
        finally
        {
            poisonRequests.End(key, family, history.Question, stranger);
            if (stranger is not null && history.Stranger is null) poisonRequests.End(key, family, history.Question);
        }
    }

    private TimeSpan? RefusedFor(IReadOnlyList<DestinationState> replicas, string family, Credential? stranger)
    {
        // Nearly always the first one may be asked.
        for (var i = 0; i < replicas.Count; i++)
        {
            if (circuits.RefusedBy(replicas[i].DestinationId, family, stranger) is null) return null;
        }

        return circuits.RefusedFor(replicas.Select(replica => replica.DestinationId), family, stranger);
    }

    /// <summary>The call's credential if ISL is not known to accept it; null for calls without a credential.</summary>
    private Credential? StrangerOf(UpstreamCall call) =>
        call.Credential is { } credential && known.IsKnown(credential) ? null : call.Credential ?? default(Credential);

    /// <summary>
    /// Circuits count only calls for a question: how ISL answers a credential check says nothing about a family of endpoints.
    /// </summary>
    private static string? FamilyOf(UpstreamCall call) => call is { Key: not null, Row: { } row } ? row.Family : null;

    /// <summary>
    /// Whether a call whose connection ended may be sent again. Calls that only read may be, whatever their row says about retries.
    /// </summary>
    private static bool MayRepeat(UpstreamCall call) =>
        call.Retry || HttpMethods.IsGet(call.Method) || HttpMethods.IsHead(call.Method);

    private async Task<UpstreamAnswer> AttemptsAsync(
        UpstreamCall call, string? family, CallHistory history, CancellationToken cancellationToken)
    {
        if (!call.Retry) return await AttemptAsync(call, family, history, cancellationToken);
        UpstreamAnswer? last = null;
        try
        {
            return await retry.RunAsync(
                async token =>
                {
                    // If the new attempt was not sent, its result explains less than the previous one.
                    var answer = await AttemptAsync(call, family, history, token);
                    return last = answer.ReplicaId is null && last is not null ? last : answer;
                },
                history.Sends, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return last ?? new UpstreamAnswer { Failure = UpstreamFailure.TimedOut };
        }
    }

    private async Task<UpstreamAnswer> AttemptAsync(
        UpstreamCall call, string? family, CallHistory history, CancellationToken cancellationToken)
    {
        var attempt = new UpstreamAttempt(call, family, history.Sends) { Stranger = history.Stranger };
        var callVerdict = CallVerdict.Silent;
        string? replica = null;
        try
        {
            var answer = await ExchangeAsync(attempt, cancellationToken);
            if (attempt.WasCutOff && MayRepeat(call) && history.Sends.Count == 0)
                answer = await AgainAsync(attempt, answer, history, cancellationToken);
            (callVerdict, replica) = (CallVerdicts.OfAttempt(answer), answer.ReplicaId);
            history.Take(answer);
            return answer;
        }
        finally
        {
            if (replica is not null) history.Sends.Add(replica);
            if (replica is not null && family is not null)
                await circuits.TakeAsync(replica, family, call.Key!.Value, callVerdict, attempt.Probe, history.Stranger);
            else if (attempt.Probe is { } probe)
                await probe.EndAsync(callVerdict);
        }
    }

    /// <summary>
    /// Repeats an exchange whose connection ended. The first one counts as a failure only if this one is not answered either.
    /// </summary>
    private async Task<UpstreamAnswer> AgainAsync(
        UpstreamAttempt attempt, UpstreamAnswer first, CallHistory history, CancellationToken cancellationToken)
    {
        var replica = first.ReplicaId!;
        history.Sends.Add(replica);
        var answer = await ExchangeAsync(attempt, cancellationToken);
        if (answer.Failure == UpstreamFailure.None) return answer;

        history.Take(first);
        if (answer.ReplicaId is null) return first;
        if (answer.ReplicaId != replica && attempt.Family is { } family)
        {
            await circuits.TakeAsync(
                replica, family, attempt.Call.Key!.Value, CallVerdicts.OfAttempt(first), probe: null, attempt.Stranger);
        }
        return answer;
    }

    private async Task<UpstreamAnswer> ExchangeAsync(UpstreamAttempt attempt, CancellationToken cancellationToken)
    {
        if (!proxy.TryGetRoute(UpstreamCluster.Id, out var route) || route.Cluster is not { } cluster)
            return new UpstreamAnswer { Failure = UpstreamFailure.NoReplica };

        var call = attempt.Call;
        var capture = new AnswerCapture(budget, call.MaxAnswerSize);
        var context = DetachedContext.Create(call, capture, services, cancellationToken);
        var send = new UpstreamSend
        {
            NeedsOwnConnection = !MayRepeat(call) || attempt.Tried.Count > 0 || call.Body.Length >= UpstreamSend.LargeBody,
            Body = call.Body.Length < UpstreamSend.LargeBody ? call.Body : default,
        };
        context.Features.Set(attempt);
        context.Features.Set(send);
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = route,
            Cluster = cluster.Model,
            AllDestinations = cluster.DestinationsState.AllDestinations,
            AvailableDestinations = cluster.DestinationsState.AvailableDestinations,
        });

        var started = Stopwatch.GetTimestamp();
        _ = RunAsync(context, capture);
        await capture.Held;

        var overflowed = capture.Rest is not null;
        var replica = context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.DestinationId;
        var error = context.Features.Get<IForwarderErrorFeature>();
        var failure = overflowed ? UpstreamFailure.None
            : attempt.RefusedFor is not null ? UpstreamFailure.CircuitOpen
            : capture.IsOverBudget ? UpstreamFailure.OverBudget
            : replica is null && error is null ? UpstreamFailure.NoReplica
            : error is null && context.Response.StatusCode == StatusCodes.Status508LoopDetected ? UpstreamFailure.LoopDetected
            : TransportFailure.Of(error, send);
        attempt.WasCutOff = failure == UpstreamFailure.ConnectionEnded && replica is not null
            && send.WasCutOff(error?.Exception, Stopwatch.GetElapsedTime(started));
        if (ContentCodings.NamesNone(context.Response.Headers.ContentEncoding))
            context.Response.Headers.Remove(HeaderNames.ContentEncoding);
        try
        {
            var answer = new UpstreamAnswer
            {
                Failure = failure,
                StatusCode = context.Response.StatusCode,
                Headers = context.Response.Headers,
                Body = failure == UpstreamFailure.None ? capture.Captured.ToArray() : default,
                Rest = capture.Rest,
                Flowing = capture.Flowing,
                RetryAfter = attempt.RefusedFor ?? default,
                ReplicaId = replica,
                Duration = Stopwatch.GetElapsedTime(started),
            };
            if (replica is not null) Count(attempt, answer.Duration);
            answer = answer with { IsRateLimited = limits.Learn(call, answer) };
            var isWhole = failure == UpstreamFailure.None && !overflowed;
            return isWhole && call.IsSound?.Invoke(answer) == false ? answer with { Failure = UpstreamFailure.Invalid } : answer;
        }
        finally
        {
            await capture.DisposeAsync();
        }
    }

    /// <summary>Counts a call that was sent: what is sent once more counts as that, whatever it was made for.</summary>
    private void Count(UpstreamAttempt attempt, TimeSpan took) => metrics.CountCall(
        attempt.Call.Row?.Path ?? EndpointTable.Other, attempt.Tried.Count > 0 ? CallPurpose.Retry : attempt.Call.Purpose, took);

    private async Task RunAsync(DefaultHttpContext context, AnswerCapture capture)
    {
        metrics.UpstreamInflight.Inc();
        Exception? failure = null;
        try
        {
            await _next!(context);
            if (context.Features.Get<IForwarderErrorFeature>() is { } error)
                failure = error.Exception ?? new IOException(error.Error.ToString());
        }
        catch (Exception e)
        {
            failure = e;
            context.Features.Set<IForwarderErrorFeature>(new UnforeseenError(e));
        }
        finally
        {
            metrics.UpstreamInflight.Dec();
            await capture.CompleteAsync(failure);
        }
    }

    private sealed class UnforeseenError(Exception exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.RequestCreation;

        public Exception? Exception => exception;
    }
}
