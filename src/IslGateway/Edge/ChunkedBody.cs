using System.Globalization;
using System.Text;
using IslGateway.Content;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Edge;

/// <summary>
/// An HTTP/1.1 answer's body, chunked (RFC 9112, section 7.1) and ended with trailers. Kestrel leaves an answer alone that names its own
/// transfer coding; one of known length is written as it is.
/// </summary>
internal sealed class ChunkedBody(HttpResponse response, Stream inner) : SinkStream, IHttpResponseTrailersFeature
{
    private bool? _isChunked;

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    /// <summary>Settles the framing, before the answer's head is sent.</summary>
    public bool Begin()
    {
        if (_isChunked is { } settled) return settled;
        _isChunked = !response.HasStarted && response.ContentLength is null
            && response.StatusCode is >= StatusCodes.Status200OK
                and not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);
        if (_isChunked.Value) response.Headers.TransferEncoding = "chunked";
        return _isChunked.Value;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Begin())
        {
            await inner.WriteAsync(buffer, cancellationToken);
            return;
        }

        // An empty chunk would end the body.
        if (buffer.IsEmpty) return;
        await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{buffer.Length:x}\r\n"), cancellationToken);
        await inner.WriteAsync(buffer, cancellationToken);
        await WriteAsync("\r\n", cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Begin();
        return inner.FlushAsync(cancellationToken);
    }

    /// <summary>The last chunk and the trailers; nothing where there is nothing to frame.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        // Untouched and without trailers: an answer without a body.
        if (_isChunked is null && Trailers.Count == 0) return;
        if (!Begin()) return;
        var end = new StringBuilder("0\r\n");
        foreach (var (name, values) in Trailers)
        {
            foreach (var value in values) end.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await WriteAsync(end.Append("\r\n").ToString(), cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    private ValueTask WriteAsync(string text, CancellationToken cancellationToken) => inner.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
}
