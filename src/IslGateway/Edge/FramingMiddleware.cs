using IslGateway.Journey;

namespace IslGateway.Edge;

/// <summary>
/// Refuses requests whose end the server can find but another reader might find elsewhere (RFC 9112, sections 6.1 and 6.3): what one of
/// them reads as the body, the other would read as the next request.
/// </summary>
internal sealed class FramingMiddleware(RequestDelegate next)
{
    /// <summary>Where Kestrel puts a <c>Content-Length</c> that came beside a <c>Transfer-Encoding</c>. No caller may send it.</summary>
    public const string MovedLength = "X-Content-Length";

    public Task InvokeAsync(HttpContext context)
    {
        if (TroubleWith(context.Request) is not { } trouble) return next(context);
        Exchange.Of(context).Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, trouble));
        return Task.CompletedTask;
    }

    private static string? TroubleWith(HttpRequest request)
    {
        if (request.Headers.TransferEncoding is not { Count: > 0 } codings) return null;

        // Kestrel reads any list of codings that ends in chunked; the others would be passed by unread.
        if (!codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)) return "A Transfer-Encoding other than chunked is not supported.";
        if (request.ContentLength is not null || request.Headers.ContainsKey(MovedLength)) return "Content-Length and Transfer-Encoding exclude each other.";
        return HttpProtocol.IsHttp10(request.Protocol) ? "HTTP/1.0 has no Transfer-Encoding." : null;
    }
}
