using IslGateway.Content;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// The body of a request that is passed through. It is streamed; if the request may be sent twice, the part that was sent is also kept, as
/// far as the buffers have room, until the answer begins.
/// </summary>
internal sealed class PassedBody : IDisposable
{
    private readonly HttpRequest _request;
    private readonly RequestBody? _read;
    private readonly RecordedStream? _streams;

    private PassedBody(HttpRequest request, RequestBody? read, RecordedStream? streams, bool isLarge) =>
        (_request, _read, _streams, IsLarge) = (request, read, streams, isLarge);

    /// <summary>Whether it is, or may be, larger than what a connection buffers unread.</summary>
    public bool IsLarge { get; }

    /// <summary>Whether all that was sent can be sent again; asked only of a body that is kept.</summary>
    public bool CanRewind => _streams is not { IsWhole: false };

    /// <param name="context">The request.</param>
    /// <param name="passed">The same request, as the forwarder sees it.</param>
    /// <param name="isKept">Whether it may have to be sent again.</param>
    /// <param name="limit">The most bytes to keep.</param>
    public static PassedBody Of(HttpContext context, IPassedRequest passed, bool isKept, long limit)
    {
        var request = context.Request;
        if (passed.Body is { } read) return new PassedBody(request, read, null, request.ContentLength >= UpstreamSend.LargeBody);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return new PassedBody(request, null, null, isLarge: false);
        var length = request.ContentLength;
        var isLarge = length is not < UpstreamSend.LargeBody;
        if (!isKept) return new PassedBody(request, null, null, isLarge);
        var kept = new PooledBuffer(passed.Buffers.ForFills, Math.Min(limit, PooledBuffer.MaxLimit));
        var recorded = new RecordedStream(request.Body, kept, isLarge ? 0 : (int)length!);
        request.Body = recorded;
        return new PassedBody(request, null, recorded, isLarge);
    }

    /// <summary>Makes the request's body begin again at its first byte.</summary>
    public void Rewind()
    {
        if (_read is not null && _read.TryGetPlain(out var plain) is DecodeResult.Ok or DecodeResult.Mislabelled)
            _read.Attach(_request, plain);
        _streams?.Rewind();
    }

    /// <summary>Releases what was kept: the body will not be sent again.</summary>
    public void Forget() => _streams?.Forget();

    public void Dispose() => _streams?.Dispose();
}
