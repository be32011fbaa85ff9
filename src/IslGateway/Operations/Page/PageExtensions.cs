using Microsoft.Net.Http.Headers;

namespace IslGateway.Operations.Page;

/// <summary>The page at the management listener's root: what this gateway does, and the calls that change something.</summary>
internal static class PageExtensions
{
    public static IServiceCollection AddPage(this IServiceCollection services) => services.AddSingleton(_ => PageDocument.Shipped());

    /// <summary>Maps <c>/</c>, for GET and HEAD.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes) =>
        routes.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, PageDocument page) =>
        {
            Guard(context.Response.Headers, page);
            return Results.Bytes(page.Bytes, "text/html; charset=utf-8", entityTag: page.Tag);
        });

    /// <summary>The page takes a management key, so it shares nothing with other sites and lets none of them show it.</summary>
    private static void Guard(IHeaderDictionary headers, PageDocument page)
    {
        headers.ContentSecurityPolicy = page.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";

        // Asked for again each time, and sent again only where a new release has another page.
        headers[HeaderNames.CacheControl] = "no-cache";
    }
}
