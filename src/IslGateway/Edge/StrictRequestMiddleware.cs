using IslGateway.Caching;
using IslGateway.Endpoints;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>
/// Refuses requests that ISL might read differently: whose end may be found elsewhere (RFC 9112, sections 6.1 and 6.3), so that a part of
/// the body would become a request; whose target cannot stand on a request line (RFC 9112, section 3.2), which HTTP/2 permits; whose method
/// the HTTP client would rewrite, or take for a proxy's; whose host cannot be passed on.
/// </summary>
internal sealed class StrictRequestMiddleware(RequestDelegate next)
{
    /// <summary>
    /// Where Kestrel puts a <c>Content-Length</c> that came beside a <c>Transfer-Encoding</c>. No caller may send this header.
    /// </summary>
    public const string MovedLength = "X-Content-Length";

    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (TroubleWith(context) is not { } trouble) return next(context.Http);
        context.Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, trouble));
        return Task.CompletedTask;
    }

    /// <summary>Why a request is refused; null: it is not.</summary>
    public static string? TroubleWith(CacheContext context) =>
        TroubleWithHead(context.Http.Request, context) ?? TroubleWithFraming(context.Http.Request);

    private static string? TroubleWithHead(HttpRequest request, CacheContext context) =>
        !RawTarget.IsWellFormed(context.RawTarget) ? "The request target holds a character that has to be percent-encoded."
        : HttpMethods.GetCanonicalizedValue(request.Method) != request.Method
            ? "Methods are case-sensitive: this one is written in capitals."
        : HttpMethods.IsConnect(request.Method) ? "CONNECT asks for a tunnel, and this is no proxy that opens one."
        : !HasReadableHost(request) ? "The host is no internationalised name, although it begins like one."
        : null;

    /// <summary>
    /// A name that the framework, and YARP with it, takes for an internationalised one has to be one (RFC 5891, section 5.4).
    /// </summary>
    private static bool HasReadableHost(HttpRequest request)
    {
        if (!IsInternationalised(request.Headers.Host)) return true;
        try
        {
            return request.Host.HasValue;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether a host has to be looked at more closely.</summary>
    public static bool IsInternationalised(string? host) => host?.Contains("xn--", StringComparison.Ordinal) == true;

    private static string? TroubleWithFraming(HttpRequest request)
    {
        if (request.Headers.TransferEncoding is not { Count: > 0 } codings) return null;

        // Kestrel accepts any list of codings that ends in chunked, and does not decode the others.
        if (!codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            return "A Transfer-Encoding other than chunked is not supported.";
        if (request.ContentLength is not null || request.Headers.ContainsKey(MovedLength))
            return "Content-Length and Transfer-Encoding exclude each other.";
        return HttpProtocol.IsHttp10(request.Protocol) ? "HTTP/1.0 has no Transfer-Encoding." : null;
    }
}
