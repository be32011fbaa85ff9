using System.Net.Sockets;

namespace IslGateway.Forwarding;

/// <summary>
/// Tells the end of an idle connection from other failures. ISL closes one after 5 s, and a request may be on its way just then. The HTTP client
/// does not say whether the connection had been used before, so what counts is that one was idle when sending began, and that the connection
/// ended before any byte of an answer, and soon. A body that crashes ISL can look the same.
/// </summary>
internal static class CutOff
{
    /// <summary>A connection that was closed already says so within a round trip; what ends later had begun to be computed.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <param name="failure">Why there is no answer.</param>
    /// <param name="after">How long after sending began.</param>
    public static bool Is(Exception? failure, TimeSpan after) => after < Soon && failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => false,
        _ => failure?.GetBaseException() switch
        {
            HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
            SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown } => true,

            // The client would send again by itself, over another connection, and cannot: YARP's content is read once.
            InvalidOperationException => true,
            _ => false,
        },
    };
}
