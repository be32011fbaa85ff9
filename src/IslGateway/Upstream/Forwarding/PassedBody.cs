using IslGateway.Content;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// The body of a request that is passed through. A small one that has arrived whole by now is taken into memory. Any other is streamed; if
/// the request may be sent twice, the part that was sent is also kept, as far as the buffers have room, until the answer begins.
/// </summary>
internal sealed class PassedBody : IDisposable
{
    private readonly HttpRequest _request;
    private readonly RequestBody? _read;
    private readonly RecordedStream? _streams;
    private readonly BufferBudget? _budget;
    private int _counted;

    private PassedBody(HttpRequest request, RequestBody? read, RecordedStream? streams, bool isLarge) =>
        (_request, _read, _streams, IsLarge) = (request, read, streams, isLarge);

    private PassedBody(HttpRequest request, byte[] whole, BufferBudget budget) =>
        (_request, Whole, _budget, _counted) = (request, whole, budget, whole.Length);

    /// <summary>Whether it is, or may be, larger than what a connection buffers unread.</summary>
    public bool IsLarge { get; }

    /// <summary>The body, if it has been taken into memory; else empty.</summary>
    public ReadOnlyMemory<byte> Whole { get; }

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
        if (!isLarge && TryTake(request, passed.Buffers.ForFills) is { } whole) return whole;
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
        if (!Whole.IsEmpty) _request.Body = new ReadOnlyMemoryStream(Whole);
        _streams?.Rewind();
    }

    /// <summary>Releases what was kept: the body will not be sent again.</summary>
    public void Forget()
    {
        _streams?.Forget();
        _budget?.Release(Interlocked.Exchange(ref _counted, 0));
    }

    public void Dispose()
    {
        _streams?.Dispose();
        _budget?.Release(Interlocked.Exchange(ref _counted, 0));
    }

    /// <summary>
    /// Takes a body that has arrived whole; null, with nothing taken, if it has not, or there is no room. A caller who announces the body
    /// is not told to send it before ISL says so.
    /// </summary>
    private static PassedBody? TryTake(HttpRequest request, BufferBudget budget)
    {
        if (request.ContentLength is not (> 0 and var length) || request.Headers.Expect.Count > 0) return null;
        if (!budget.TryReserve(length)) return null;
        byte[]? whole = null;
        try
        {
            whole = BodyReader.TryTakeWhole(request.BodyReader, length);
        }
        finally
        {
            if (whole is null) budget.Release(length);
        }

        if (whole is null) return null;
        request.Body = new ReadOnlyMemoryStream(whole);
        return new PassedBody(request, whole, budget);
    }
}
