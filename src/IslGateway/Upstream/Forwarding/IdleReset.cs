using System.Net.Sockets;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Tells the end of a connection from other failures, where the connection itself does not say so: over HTTP/2.</summary>
internal static class IdleReset
{
    /// <param name="failure">Why there is no answer.</param>
    public static bool Is(Exception? failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
        } => false,
        _ => failure?.GetBaseException() switch
        {
            HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
            SocketException
            {
                SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
            } => true,

            // The client would send again by itself, over another connection, and cannot: YARP's content is read once.
            InvalidOperationException => true,
            _ => false,
        },
    };
}
