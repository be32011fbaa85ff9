using IslGateway.Caching.Filling;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Forwarding;

/// <summary>Which failure the forwarder's account of a call stands for. What matters most is whether ISL may have begun to compute.</summary>
internal static class TransportFailure
{
    /// <param name="error">What the forwarder says; null: nothing went wrong.</param>
    public static UpstreamFailure Of(IForwarderErrorFeature? error) => error?.Error switch
    {
        null or ForwarderError.None => UpstreamFailure.None,
        ForwarderError.NoAvailableDestinations => UpstreamFailure.NoReplica,
        ForwarderError.RequestTimedOut when error.Exception is OperationCanceledException { InnerException: TimeoutException } => UpstreamFailure.Unreachable,
        ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled
            or ForwarderError.ResponseBodyCanceled => UpstreamFailure.TimedOut,
        ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyClient or ForwarderError.ResponseBodyDestination => UpstreamFailure.Truncated,
        ForwarderError.RequestCreation => UpstreamFailure.Unreachable,
        _ => IsOfConnecting(error.Exception) ? UpstreamFailure.Unreachable : UpstreamFailure.ConnectionEnded,
    };

    private static bool IsOfConnecting(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
    };
}
