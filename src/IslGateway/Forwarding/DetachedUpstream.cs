using System.Diagnostics;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Resilience;
using IslGateway.Telemetry;
using Polly;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Forwarding;

/// <summary>
/// Makes calls to ISL that belong to no request: the rest of YARP's pipeline, run on a context of their own, whose answer goes into a
/// capped buffer. Fills, their second attempts and probes are this one mechanism.
/// </summary>
internal sealed class DetachedUpstream(
    IServiceScopeFactory scopes, IProxyStateLookup proxy, BufferBudget budget, RateLimits limits, GatewayMetrics metrics, TimeProvider time) : IUpstream
{
    private readonly ResiliencePipeline<UpstreamAnswer> _retrying = UpstreamRetry.Build(time);
    private RequestDelegate? _next;

    /// <summary>Takes the pipeline that follows the cache; called once, while the application is built.</summary>
    public void Attach(RequestDelegate next) => _next = next;

    public UpstreamRefusal? Refusal(UpstreamCall call) => null;

    public async Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        var tried = new List<string>(1);
        if (!call.Retry) return await AttemptAsync(call, tried, cancellationToken);
        try
        {
            return await _retrying.ExecuteAsync(async token => await AttemptAsync(call, tried, token), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new UpstreamAnswer { Failure = UpstreamFailure.TimedOut };
        }
    }

    private async Task<UpstreamAnswer> AttemptAsync(UpstreamCall call, List<string> tried, CancellationToken cancellationToken)
    {
        if (!proxy.TryGetRoute(UpstreamCluster.Id, out var route) || route.Cluster is not { } cluster)
            return new UpstreamAnswer { Failure = UpstreamFailure.NoReplica };

        var capture = new AnswerCapture(budget, call.MaxAnswerSize);
        var scope = scopes.CreateAsyncScope();
        var context = DetachedContext.Create(call, capture, scope.ServiceProvider, cancellationToken);
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = route,
            Cluster = cluster.Model,
            AllDestinations = cluster.DestinationsState.AllDestinations,
            AvailableDestinations = Untried(cluster.DestinationsState.AvailableDestinations, tried),
        });

        var started = Stopwatch.GetTimestamp();
        var running = RunAsync(context, capture, scope);
        await Task.WhenAny(running, capture.Overflowed);
        if (context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.DestinationId is { } replica) tried.Add(replica);

        var overflowed = capture.Overflowed.IsCompletedSuccessfully;
        var failure = overflowed ? UpstreamFailure.None : FailureOf(context, capture);
        try
        {
            var answer = new UpstreamAnswer
            {
                Failure = failure,
                StatusCode = context.Response.StatusCode,
                Headers = context.Response.Headers,
                Body = failure == UpstreamFailure.None ? capture.Captured.ToArray() : default,
                Rest = overflowed ? capture.Rest : null,
                ReplicaId = tried.LastOrDefault(),
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

    private static IReadOnlyList<DestinationState> Untried(IReadOnlyList<DestinationState> available, List<string> tried)
    {
        if (tried.Count == 0) return available;
        var others = available.Where(d => !tried.Contains(d.DestinationId)).ToList();
        return others.Count > 0 ? others : available;
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
