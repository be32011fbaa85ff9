using IslGateway.Caching;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

/// <summary>
/// Reads the body, within its limits, where the gateway needs it: on cacheable rows, on rows that change beliefs or whose bodies are
/// checked, and on any other row if the body is encoded, because ISL cannot read that. All other bodies are streamed.
/// </summary>
internal sealed class BodyMiddleware(
    RequestDelegate next, BodyIntake intake, SessionUpdates updates)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (context.Row is not { } row)
        {
            await next(context.Http);
            return;
        }

        var request = context.Http.Request;
        var limits = context.Settings.Limits;
        if (!ContentCodings.TryParse(request.Headers.ContentEncoding, out var coding))
        {
            context.Fail(Problems.UnsupportedEncoding(request.Headers.ContentEncoding.ToString()));
            return;
        }

        if (!row.IsCacheable && !updates.Concerns(row) && coding == ContentCoding.None
            && !SchemaCheck.Concerns(request, row, context.Settings))
        {
            request.Headers.Remove(HeaderNames.ContentEncoding);
            if (request.ContentLength > limits.MaxRequestBodySize)
            {
                context.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return;
            }

            Limit(http, limits);
            await next(context.Http);
            return;
        }

        if (await (context.BodyReading ?? intake.ReadAsync(context, coding).AsTask()) && Prepare(context, row, limits))
            await next(context.Http);
    }

    /// <summary>On a row without cache the plain body is needed now, and nothing else of it.</summary>
    private static bool Prepare(CacheContext context, EndpointRow row, LimitsOptions limits)
    {
        if (row.IsCacheable) return true;
        var result = context.Body!.TryGetPlain(out var plain);
        if (result.IsReadable())
        {
            context.Body.Attach(context.Http.Request, plain);
            return true;
        }

        context.Fail(BodyProblems.Of(result, context.Body, limits));
        return false;
    }

    /// <summary>Ends a streamed body of unannounced length once it is longer than allowed.</summary>
    private static void Limit(HttpContext http, LimitsOptions limits)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limits.MaxRequestBodySize;
    }
}
