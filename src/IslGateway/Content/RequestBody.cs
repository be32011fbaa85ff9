using Microsoft.Net.Http.Headers;

namespace IslGateway.Content;

/// <summary>
/// A request's body as it came, and its plain bytes once someone needs them: a hit on a body that was seen before needs none.
/// Used by one request at a time.
/// </summary>
/// <param name="wire">The bytes as received; owned from here on.</param>
/// <param name="coding">How they are labelled.</param>
/// <param name="label">The label itself, for messages.</param>
/// <param name="budget">Charged with the plain bytes.</param>
internal sealed class RequestBody(PooledBuffer wire, ContentCoding coding, string label, BufferBudget budget) : IDisposable
{
    private PooledBuffer? _decoded;
    private DecodeResult? _result;
    private ReadOnlyMemoryStream? _attached;

    public ContentCoding Coding { get; } = coding;

    /// <summary>The <c>Content-Encoding</c> that the caller wrote.</summary>
    public string Label { get; } = label;

    /// <summary>The bytes of all buffers: charged with whatever is made of this body, too.</summary>
    public BufferBudget Budget { get; } = budget;

    /// <summary>The bytes as received.</summary>
    public ReadOnlyMemory<byte> Wire => wire.WrittenMemory;

    /// <summary>How many they are, or were before they were given back.</summary>
    public int Length => wire.Length;

    /// <summary>Labelled gzip but plain: the guide's own client sends small bodies so.</summary>
    public bool IsMislabelled { get; set; }

    /// <summary>The plain bytes; empty unless the result is <c>Ok</c> or <c>Mislabelled</c>. Decoded on the first call.</summary>
    public DecodeResult TryGetPlain(out ReadOnlyMemory<byte> plain)
    {
        if (Coding == ContentCoding.None)
        {
            plain = Wire;
            return DecodeResult.Ok;
        }

        if (_result is null)
        {
            _decoded = new PooledBuffer(Budget, wire.Limit);
            _result = ContentDecoder.Decode(Coding, Wire, _decoded);
            IsMislabelled = _result == DecodeResult.Mislabelled;
        }

        plain = _result switch
        {
            DecodeResult.Ok => _decoded!.WrittenMemory,
            DecodeResult.Mislabelled => Wire,
            _ => default,
        };
        return _result.Value;
    }

    /// <summary>Gives a request these plain bytes to be forwarded with, with the headers that describe them.</summary>
    public void Attach(HttpRequest request, ReadOnlyMemory<byte> plain)
    {
        request.Body = _attached = new ReadOnlyMemoryStream(plain);
        request.Headers.Remove(HeaderNames.ContentEncoding);
        request.Headers.Remove(HeaderNames.TransferEncoding);
        if (_result == DecodeResult.Ok) BodyDigests.Remove(request.Headers);
        request.ContentLength = plain.Length;

        // Once the answer begins nothing is sent again: how long the caller takes to read it is no reason to hold what ISL has read.
        request.HttpContext.Response.OnStarting(static state =>
        {
            var body = (RequestBody)state;
            if (body._attached is { IsReadToEnd: true }) body.Dispose();
            return Task.CompletedTask;
        }, this);
    }

    /// <summary>Gives the buffers back; the answer needs them no more.</summary>

    public void Dispose()
    {
        _attached?.Detach();
        wire.Dispose();
        _decoded?.Dispose();
    }
}
