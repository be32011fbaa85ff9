namespace IslGateway.Upstream.Forwarding;

/// <summary>YARP's client to ISL: sends over a pooled connection, or over a new one that is used for this request only.</summary>
internal sealed class ConnectionChoice(HttpMessageHandler pooled, HttpMessageHandler own) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _pooled = new(pooled);
    private readonly HttpMessageInvoker _own = new(own);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        (request.Options.TryGetValue(UpstreamSend.Key, out var send) && send.NeedsOwnConnection ? _own : _pooled)
            .SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pooled.Dispose();
            _own.Dispose();
        }

        base.Dispose(disposing);
    }
}
