using System.Diagnostics;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Resilience;
using IslGateway.Telemetry;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Forwarding;

/// <summary>
/// Makes calls to ISL that belong to no request: the rest of YARP's pipeline, run on a context of their own, whose answer goes into a
/// capped buffer. Fills, their further attempts and probes are this one mechanism.
/// <code>
///   call      is its question cooling down?
///   attempt   chooses a replica by the circuits; how it ends is told to that replica's
///   exchange  is made once more if the connection just ended: ISL had closed it unused, which is nobody's failure
/// </code>
/// </summary>
internal sealed class DetachedUpstream(
    IServiceScopeFactory scopes,
    IProxyStateLookup proxy,
    BufferBudget budget,
    RateLimits limits,
    UpstreamRetry retry,
    Circuits circuits,
    Cooldowns cooldowns,
    GatewayMetrics metrics) : IUpstream
{
    private RequestDelegate? _next;

    /// <summary>Takes the pipeline that follows the cache; called once, while the application is built.</summary>
    public void Attach(RequestDelegate next) => _next = next;

    public UpstreamRefusal? Refusal(UpstreamCall call)
    {
        if (call.Key is not { } key || FamilyOf(call) is not { } family) return null;
        if (cooldowns.RefusedFor(key) is { } cooled) return new UpstreamRefusal(UpstreamFailure.CoolingDown, cooled);
        return proxy.TryGetCluster(UpstreamCluster.Id, out var cluster)
            && circuits.RefusedFor(cluster.DestinationsState.AvailableDestinations.Select(replica => replica.DestinationId), family) is { } open
            ? new UpstreamRefusal(UpstreamFailure.CircuitOpen, open)
            : null;
    }

    public async Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        if (call.Key is not { } key || FamilyOf(call) is not { } family) return await AttemptsAsync(call, null, cancellationToken);
        if (cooldowns.Begin(key) is { } wait) return new UpstreamAnswer { Failure = UpstreamFailure.CoolingDown, RetryAfter = wait };
        var outcome = Outcome.Silent;
        try
        {
            var answer = await AttemptsAsync(call, family, cancellationToken);
            outcome = Outcomes.OfFill(answer);
            return answer;
        }
        finally
        {
            cooldowns.End(key, family, outcome);
        }
    }

    /// <summary>Circuits concern the calls that stand for a question; how ISL answers a check of a credential says nothing of a family.</summary>
    private static string? FamilyOf(UpstreamCall call) => call is { Key: not null, Row: { } row } ? Circuits.FamilyOf(row) : null;

    private async Task<UpstreamAnswer> AttemptsAsync(UpstreamCall call, string? family, CancellationToken cancellationToken)
    {
        var tried = new List<string>(1);
        if (!call.Retry) return await AttemptAsync(call, family, tried, cancellationToken);
        UpstreamAnswer? last = null;
        try
        {
            return await retry.RunAsync(
                async token =>
                {
                    // An attempt that was not made explains less than the one before.
                    var answer = await AttemptAsync(call, family, tried, token);
                    return last = answer.Failure == UpstreamFailure.CircuitOpen && last is not null ? last : answer;
                },
                cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return last ?? new UpstreamAnswer { Failure = UpstreamFailure.TimedOut };
        }
    }

    private async Task<UpstreamAnswer> AttemptAsync(UpstreamCall call, string? family, List<string> tried, CancellationToken cancellationToken)
    {
        var attempt = new UpstreamAttempt(call, family, tried);
        var outcome = Outcome.Silent;
        string? replica = null;
        try
        {
            var answer = await ExchangeAsync(attempt, cancellationToken);
            if (attempt.WasCutOff && call.Retry && tried.Count == 0) answer = await ExchangeAsync(attempt, cancellationToken);
            (outcome, replica) = (Outcomes.OfAttempt(answer), answer.ReplicaId);
            return answer;
        }
        finally
        {
            if (replica is not null) tried.Add(replica);
            if (replica is not null && family is not null) await circuits.TakeAsync(replica, family, call.Key!.Value, outcome, attempt.Probe);
            else if (attempt.Probe is { } probe) await probe.EndAsync(outcome);
        }
    }

    private async Task<UpstreamAnswer> ExchangeAsync(UpstreamAttempt attempt, CancellationToken cancellationToken)
    {
        if (!proxy.TryGetRoute(UpstreamCluster.Id, out var route) || route.Cluster is not { } cluster)
            return new UpstreamAnswer { Failure = UpstreamFailure.NoReplica };

        var call = attempt.Call;
        var capture = new AnswerCapture(budget, call.MaxAnswerSize);
        var scope = scopes.CreateAsyncScope();
        var context = DetachedContext.Create(call, capture, scope.ServiceProvider, cancellationToken);
        context.Features.Set(attempt);
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = route,
            Cluster = cluster.Model,
            AllDestinations = cluster.DestinationsState.AllDestinations,
            AvailableDestinations = cluster.DestinationsState.AvailableDestinations,
        });

        var started = Stopwatch.GetTimestamp();
        var running = RunAsync(context, capture, scope);
        await Task.WhenAny(running, capture.Overflowed);

        var overflowed = capture.Overflowed.IsCompletedSuccessfully;
        var failure = overflowed ? UpstreamFailure.None : attempt.RefusedFor is not null ? UpstreamFailure.CircuitOpen : FailureOf(context, capture);
        attempt.WasCutOff = failure == UpstreamFailure.Unreachable && CutOff.Is(context.Features.Get<IForwarderErrorFeature>()?.Exception, Stopwatch.GetElapsedTime(started));
        try
        {
            var answer = new UpstreamAnswer
            {
                Failure = failure,
                StatusCode = context.Response.StatusCode,
                Headers = context.Response.Headers,
                Body = failure == UpstreamFailure.None ? capture.Captured.ToArray() : default,
                Rest = overflowed ? capture.Rest : null,
                RetryAfter = attempt.RefusedFor ?? default,
                ReplicaId = context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.DestinationId,
                Duration = Stopwatch.GetElapsedTime(started),
            };
            return answer with { IsRateLimited = limits.Learn(call, answer) };
        }
        finally
        {
            await capture.DisposeAsync();
        }
    }

    private async Task RunAsync(DefaultHttpContext context, AnswerCapture capture, AsyncServiceScope scope)
    {
        metrics.UpstreamInflight.Inc();
        Exception? failure = null;
        try
        {
            await _next!(context);
            if (context.Features.Get<IForwarderErrorFeature>() is { } error) failure = error.Exception ?? new IOException(error.Error.ToString());
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
            await scope.DisposeAsync();
        }
    }

    private static UpstreamFailure FailureOf(DefaultHttpContext context, AnswerCapture capture) =>
        capture.IsOverBudget ? UpstreamFailure.OverBudget : context.Features.Get<IForwarderErrorFeature>()?.Error switch
        {
            null or ForwarderError.None => UpstreamFailure.None,
            ForwarderError.NoAvailableDestinations => UpstreamFailure.NoReplica,
            ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled
                or ForwarderError.ResponseBodyCanceled => UpstreamFailure.TimedOut,
            ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyClient or ForwarderError.ResponseBodyDestination => UpstreamFailure.Truncated,
            _ => UpstreamFailure.Unreachable,
        };

    private sealed class UnforeseenError(Exception exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.Request;

        public Exception? Exception => exception;
    }
}
