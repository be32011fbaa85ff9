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
/// Step 2 of the journey: reads the body, within its limits, where the gateway needs it: on cacheable rows, on rows that change beliefs or
/// whose bodies are checked, and on any other row if the body is encoded, because ISL cannot read that. All other bodies are streamed.
/// </summary>
internal sealed class BodyStep(BodyIntake intake, SessionUpdates updates)
{
    /// <summary>Takes the body of a request.</summary>
    /// <returns>False if the request ends here; then the context says why.</returns>
    public async ValueTask<bool> TakeAsync(CacheContext context)
    {
        if (context.Row is not { } row) return true;
        var request = context.Http.Request;
        var limits = context.Settings.Limits;

        // Clients name a coding for all their calls at once: where there is no body, nothing is encoded.
        if (HttpMethods.IsGet(request.Method) && HasNoBody(context.Http)) request.Headers.Remove(HeaderNames.ContentEncoding);
        if (!ContentCodings.TryParse(request.Headers.ContentEncoding, out var coding))
        {
            context.Fail(Problems.UnsupportedEncoding(request.Headers.ContentEncoding.ToString()));
            return false;
        }

        if (row.IsCacheable || updates.Concerns(row) || coding != ContentCoding.None
            || SchemaCheck.Concerns(request, row, context.Settings))
            return await (context.BodyReading ?? intake.ReadAsync(context, coding).AsTask()) && Prepare(context, row, limits);

        request.Headers.Remove(HeaderNames.ContentEncoding);
        if (request.ContentLength > limits.MaxRequestBodySize)
        {
            context.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
            return false;
        }

        Limit(context.Http, limits);
        return true;
    }

    /// <summary>Whether the request's head says that no body follows.</summary>
    private static bool HasNoBody(HttpContext http) => http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

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
