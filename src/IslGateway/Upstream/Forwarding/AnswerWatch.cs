using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Tells whether a passed-through answer broke off because ISL did not complete it. The forwarder then aborts the caller's connection or
/// stream, after which such a caller looks like one that has left.
/// </summary>
internal sealed class AnswerWatch : IHttpRequestLifetimeFeature
{
    private readonly HttpContext _context;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private bool _wasCut;

    public AnswerWatch(HttpContext context)
    {
        _context = context;
        _lifetime = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        context.Features.Set<IHttpRequestLifetimeFeature>(this);
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
            context.Features.Set<IHttpResetFeature>(new WatchedStream(this, stream));
    }

    /// <summary>Whether the answer had begun and was aborted here, not by the caller.</summary>
    public bool BrokeOff => _wasCut && _context.Response.HasStarted
        && _context.Features.Get<IForwarderErrorFeature>()?.Error
            is not (ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient);

    public CancellationToken RequestAborted
    {
        get => _lifetime.RequestAborted;
        set => _lifetime.RequestAborted = value;
    }

    public void Abort()
    {
        NoteCut();
        _lifetime.Abort();
    }

    private void NoteCut() => _wasCut |= !RequestAborted.IsCancellationRequested;

    private sealed class WatchedStream(AnswerWatch watch, IHttpResetFeature stream) : IHttpResetFeature
    {
        public void Reset(int errorCode)
        {
            watch.NoteCut();
            stream.Reset(errorCode);
        }
    }
}
