namespace IslGateway.Upstream;

/// <summary>Opens connections to ISL for every client in the gateway.</summary>
internal interface IDialer
{
    /// <summary>
    /// For <see cref="SocketsHttpHandler.ConnectCallback"/>. The token limits everything, including the lookup of the name.
    /// </summary>
    ValueTask<Stream> DialAsync(SocketsHttpConnectionContext connection, CancellationToken cancellationToken);
}
