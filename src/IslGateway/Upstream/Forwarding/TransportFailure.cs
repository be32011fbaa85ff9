using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Which failure the forwarder's account of a call stands for. What matters most is whether ISL may have begun to compute.
/// </summary>
internal static class TransportFailure
{
    /// <param name="error">What the forwarder says; null: nothing went wrong.</param>
    /// <param name="send">The sending that it says it of, where that is known.</param>
    public static UpstreamFailure Of(IForwarderErrorFeature? error, UpstreamSend? send = null) => error?.Error switch
    {
        null or ForwarderError.None => UpstreamFailure.None,

        // The answer is whole, and the rest of the body found no reader. Where the answer failed too, both failures are named.
        ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyCanceled
            when send is { IsAnswered: true } && error.Exception is not AggregateException => UpstreamFailure.None,
        ForwarderError.NoAvailableDestinations => UpstreamFailure.NoReplica,
        ForwarderError.RequestTimedOut
            when error.Exception is OperationCanceledException { InnerException: TimeoutException } => UpstreamFailure.Unreachable,
        ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled
            or ForwarderError.ResponseBodyCanceled => UpstreamFailure.TimedOut,
        ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyClient
            or ForwarderError.ResponseBodyDestination => UpstreamFailure.Truncated,
        ForwarderError.RequestCreation => UpstreamFailure.Unreachable,
        _ => IsOfConnecting(error.Exception) ? UpstreamFailure.Unreachable : UpstreamFailure.ConnectionEnded,
    };

    private static bool IsOfConnecting(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
    };
}
