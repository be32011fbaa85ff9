using Microsoft.Net.Http.Headers;

namespace IslGateway.Content;

/// <summary>
/// A request's body as received, and its plain bytes, which are decoded only when needed: a hit on a known body needs none. Used by one
/// request at a time.
/// </summary>
/// <param name="wire">The bytes as received; this object owns them from now on.</param>
/// <param name="coding">The coding that they are labelled with.</param>
/// <param name="label">The label itself, for messages.</param>
/// <param name="budget">Counts the plain bytes.</param>
internal sealed class RequestBody(PooledBuffer wire, ContentCoding coding, string label, BufferBudget budget) : IDisposable
{
    private PooledBuffer? _decoded;
    private DecodeResult? _result;
    private ReadOnlyMemoryStream? _attached;

    public ContentCoding Coding { get; } = coding;

    /// <summary>The <c>Content-Encoding</c> that the caller wrote.</summary>
    public string Label { get; } = label;

    /// <summary>The buffer budget; whatever is made of this body counts in it, too.</summary>
    public BufferBudget Budget { get; } = budget;

    /// <summary>The bytes as received.</summary>
    public ReadOnlyMemory<byte> Wire => wire.WrittenMemory;

    /// <summary>Their number, also after they were given back.</summary>
    public int Length => wire.Length;

    /// <summary>Labelled gzip but plain, as the guide's own client sends small bodies.</summary>
    public bool IsMislabelled { get; set; }

    /// <summary>
    /// The plain bytes, decoded on the first call; empty unless the result is readable (<see cref="ContentDecoder.IsReadable"/>).
    /// </summary>
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

    /// <summary>Makes these plain bytes the body of a request that is forwarded, and sets the headers that describe them.</summary>
    public void Attach(HttpRequest request, ReadOnlyMemory<byte> plain)
    {
        request.Body = _attached = new ReadOnlyMemoryStream(plain);
        request.Headers.Remove(HeaderNames.ContentEncoding);
        request.Headers.Remove(HeaderNames.TransferEncoding);
        if (_result == DecodeResult.Ok) BodyDigests.Remove(request.Headers);
        request.ContentLength = plain.Length;

        // Once the answer begins the body is not sent again, so it is not held while the caller reads the answer.
        request.HttpContext.Response.OnStarting(static state =>
        {
            var body = (RequestBody)state;
            if (body._attached is { IsReadToEnd: true }) body.Dispose();
            return Task.CompletedTask;
        }, this);
    }

    /// <summary>Gives the buffers back; the answer does not need them.</summary>

    public void Dispose()
    {
        _attached?.Detach();
        wire.Dispose();
        _decoded?.Dispose();
    }
}
