using System.Diagnostics;
using IslGateway.Telemetry;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Records a span for each sending to ISL, until the head of its answer is here, and makes it the parent that ISL sees. Where no spans are
/// recorded, a request goes with the <c>traceparent</c> that it has.
/// </summary>
internal sealed class TracedCalls(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        GatewayActivity.IsRecording && Activity.Current is { } caller
            ? SendAsync(request, caller, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Activity caller, CancellationToken cancellationToken)
    {
        // Not sampled: there is no span, but what follows has to know that.
        using var span = GatewayActivity.Source.StartActivity(GatewayActivity.Call, ActivityKind.Client);
        NameParent(request, span ?? caller);
        span?.SetTag(GatewayActivity.MethodTag, request.Method.Method);
        span?.SetTag(GatewayActivity.AddressTag, request.RequestUri?.Host);
        span?.SetTag(GatewayActivity.PortTag, request.RequestUri?.Port);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var status = (int)response.StatusCode;
            span?.SetTag(GatewayActivity.StatusTag, status);
            if (status >= StatusCodes.Status400BadRequest) GatewayActivity.Fail(span, $"{status}");
            return response;
        }
        catch (Exception e)
        {
            GatewayActivity.Fail(span, e.GetType().FullName!);
            throw;
        }
    }

    private static void NameParent(HttpRequestMessage request, Activity parent)
    {
        request.Headers.Remove(HeaderNames.TraceParent);
        request.Headers.Remove(HeaderNames.TraceState);
        request.Headers.TryAddWithoutValidation(HeaderNames.TraceParent, parent.Id);
        if (parent.TraceStateString is { Length: > 0 } state) request.Headers.TryAddWithoutValidation(HeaderNames.TraceState, state);
    }
}
