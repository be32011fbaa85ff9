using System.Diagnostics;
using IslGateway.Endpoints;
using IslGateway.Telemetry;
using IslGateway.Upstream.Resilience;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// A request that is passed through, carried as a feature of its context: its sendings, and what one of them leaves for the next.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="next">The rest of the proxy's pipeline.</param>
/// <param name="body">Its body.</param>
/// <param name="mayRepeat">Whether it may be sent twice.</param>
/// <param name="retry">Decides which of ISL's answers lead to another attempt; null: none does.</param>
/// <param name="metrics">Counts each sending.</param>
internal sealed class PassedCall(
    HttpContext context, RequestDelegate next, PassedBody body, bool mayRepeat, UpstreamRetry? retry, GatewayMetrics metrics)
{
    /// <summary>The outcome of an attempt after which the caller has its answer, or cannot be given another.</summary>
    private static readonly UpstreamAnswer Settled = new() { StatusCode = StatusCodes.Status200OK };

    private readonly IReverseProxyFeature _proxy = context.GetReverseProxyFeature();
    private readonly IReadOnlyList<DestinationState> _available = context.GetReverseProxyFeature().AvailableDestinations;
    private readonly KeyValuePair<string, StringValues>[] _headers = mayRepeat || retry is not null ? [.. context.Response.Headers] : [];

    /// <summary>The replicas that it was sent to, in order; repeated if sent there again.</summary>
    public List<string> Sends { get; } = new(2);

    /// <summary>Whether ISL's last answer was withheld from the caller, because another attempt follows.</summary>
    public bool IsWithheld { get; private set; }

    /// <summary>Sends it, and once more if a reused connection ended, which does not count as a failure.</summary>
    public async ValueTask<UpstreamAnswer> AttemptAsync()
    {
        var (answer, wasCutOff) = await SendAsync();
        return wasCutOff && mayRepeat && Sends.Count == 1 && body.CanRewind ? (await SendAsync()).Answer : answer;
    }

    /// <summary>Whether an answer is withheld from the caller. Asked before any of it has been sent.</summary>
    public bool Withholds(HttpResponseMessage response)
    {
        if (retry is null || !body.CanRewind) return false;
        var answer = new UpstreamAnswer { StatusCode = (int)response.StatusCode };
        if (response.Headers.NonValidated.TryGetValues("Retry-After", out var values)) answer.Headers.RetryAfter = values.ToString();
        return IsWithheld = retry.Wants(answer, Sends.Count);
    }

    /// <summary>Removes from the response whatever the last sending left there.</summary>
    public void Clear()
    {
        var response = context.Response;
        response.Headers.Clear();
        foreach (var (name, value) in _headers) response.Headers[name] = value;
        response.StatusCode = StatusCodes.Status200OK;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        context.Features.Set<IForwarderErrorFeature>(null);
        IsWithheld = false;
    }

    private async ValueTask<(UpstreamAnswer Answer, bool WasCutOff)> SendAsync()
    {
        if (Sends.Count > 0 || IsWithheld) StartAgain();
        var send = new UpstreamSend
        {
            NeedsOwnConnection = !mayRepeat || Sends.Count > 0 || body.IsLarge || !body.CanRewind,
            Body = body.Whole,
        };
        context.Features.Set(send);
        var started = Stopwatch.GetTimestamp();
        await next(context);

        var replica = _proxy.ProxiedDestination?.DestinationId;
        if (replica is not null) Note(replica, send.AnsweredAfter ?? Stopwatch.GetElapsedTime(started));
        var error = context.Features.Get<IForwarderErrorFeature>();
        if (IsWithheld)
        {
            var answer = new UpstreamAnswer { StatusCode = context.Response.StatusCode, ReplicaId = replica };
            answer.Headers.RetryAfter = context.Response.Headers.RetryAfter;
            return (answer, false);
        }

        // A body that the caller did not send completely is not a failure of ISL.
        if (error is null or { Error: ForwarderError.RequestBodyClient } || context.Response.HasStarted || !body.CanRewind)
            return (Settled, false);
        var failure = TransportFailure.Of(error, send);
        return (new UpstreamAnswer { Failure = failure, ReplicaId = replica },
            failure == UpstreamFailure.ConnectionEnded && send.WasCutOff(error.Exception, Stopwatch.GetElapsedTime(started)));
    }

    /// <summary>Notes a sending. It took ISL as long as its answer took to begin: how fast a caller reads is not ISL's time.</summary>
    private void Note(string replica, TimeSpan took)
    {
        var label = context.Features.GetRequiredFeature<IPassedRequest>().Row?.Path ?? EndpointTable.Other;
        metrics.CountCall(label, Sends.Count > 0 ? CallPurpose.Retry : CallPurpose.Pass, took);
        Sends.Add(replica);
    }

    private void StartAgain()
    {
        Clear();
        var untried = _available.Where(replica => !Sends.Contains(replica.DestinationId)).ToList();
        (_proxy.AvailableDestinations, _proxy.ProxiedDestination) = (untried.Count > 0 ? untried : _available, null);
        body.Rewind();
    }
}
