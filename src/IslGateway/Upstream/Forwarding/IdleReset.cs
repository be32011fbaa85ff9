using System.Net.Sockets;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Tells, over HTTP/2, the end of a reused connection from other failures. HTTP/1.1 connections report it themselves.</summary>
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

            // The client tries to send again over another connection, which fails because YARP's content can be read only once.
            InvalidOperationException => true,
            _ => false,
        },
    };
}
