using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Translates the forwarder's error into the gateway's failure. What matters most is whether ISL may have begun to compute.
/// </summary>
internal static class TransportFailure
{
    /// <param name="error">The forwarder's error; null if nothing went wrong.</param>
    /// <param name="send">The sending that failed, if known.</param>
    public static UpstreamFailure Of(IForwarderErrorFeature? error, UpstreamSend? send = null) => error?.Error switch
    {
        null or ForwarderError.None => UpstreamFailure.None,

        // The answer is complete, but the rest of the body was not read. If the answer had failed, too, both failures would be named.
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
        _ => IsOfConnecting(error.Exception) ? UpstreamFailure.Unreachable
            : IsUnreadable(error.Exception) ? UpstreamFailure.Unreadable
            : UpstreamFailure.ConnectionEnded,
    };

    private static bool IsUnreadable(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded,
    };

    private static bool IsOfConnecting(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
    };
}
