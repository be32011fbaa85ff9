namespace IslGateway.Upstream;

/// <summary>Opens the connections to ISL, for every client that has any.</summary>
internal interface IDialer
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>. The token bounds all of it, looking up the name included.</summary>
    ValueTask<Stream> DialAsync(SocketsHttpConnectionContext connection, CancellationToken cancellationToken);
}
