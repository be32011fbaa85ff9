using System.Buffers;
using System.IO.Pipelines;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Workflows.Inner;

/// <summary>
/// Sends requests that come from no socket through the data plane's own pipeline: identity, body and its limits, validation, cache with
/// credentials, scopes and single flight, and from there to ISL by the same detached calls. Nothing is bypassed but the socket.
/// </summary>
internal sealed partial class InnerRequests(
    InnerEntrance entrance, BufferBudget budget, IServiceProvider services, ILogger<InnerRequests> logger)
{
    /// <summary>Sends one request and waits for the end of its answer. Never throws.</summary>
    /// <param name="request">The request.</param>
    /// <param name="unwanted">Says that nobody wants the answer any more.</param>
    public async Task<InnerAnswer> SendAsync(InnerRequest request, CancellationToken unwanted)
    {
        // Of its own, or each item would describe itself on the span of the call that it is a part of.
        using var activity = GatewayActivity.IsRecording ? GatewayActivity.Source.StartActivity(GatewayActivity.Inner) : null;
        var body = request.MaxAnswerSize == 0
            ? null
            : new PooledBuffer(budget.ForFills, Math.Min(request.MaxAnswerSize, PooledBuffer.MaxLimit));
        var response = new InnerResponse(body);
        using var lifetime = new InnerLifetime(unwanted);
        var http = ContextOf(request, response, lifetime);
        var context = entrance.Open(http, request.Background);
        var fault = InnerFault.None;
        try
        {
            await entrance.EnterAsync(http);
            await http.Response.CompleteAsync();
            fault = lifetime.WasCut || context.BrokeOff ? InnerFault.BrokeOff : response.Fault;
        }
        catch (Exception e)
        {
            if (!lifetime.RequestAborted.IsCancellationRequested && !context.BrokeOff) LogFailed(context.Label, context.RequestId, e);
            fault = InnerFault.BrokeOff;
        }
        finally
        {
            await response.EndAsync();
        }

        if (fault != InnerFault.None) body?.Dispose();
        return new InnerAnswer(fault == InnerFault.None ? body : null)
        {
            StatusCode = response.StatusCode,
            Headers = response.Headers,
            Outcome = context.Outcome,
            Fault = fault,
        };
    }

    private DefaultHttpContext ContextOf(InnerRequest request, InnerResponse response, InnerLifetime lifetime)
    {
        var features = new FeatureCollection();
        if (request.Body is { } plain) request.Headers.ContentLength = plain.Length;
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = request.Method,
            Protocol = request.Protocol,
            Scheme = request.Scheme,
            RawTarget = request.Target,
            Path = RawTarget.PathOf(request.Target).ToString(),
            Headers = request.Headers,
            Body = new ReadOnlyMemoryStream(request.Body ?? default),
        });
        features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(request.Body is not null));
        features.Set<IRequestBodyPipeFeature>(new BodyPipe(PipeReader.Create(new ReadOnlySequence<byte>(request.Body ?? default))));
        features.Set<IHttpResponseFeature>(response);
        features.Set(response.TakeBody());
        features.Set<IHttpRequestLifetimeFeature>(lifetime);
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = request.RemoteAddress });
        return new DefaultHttpContext(features) { RequestServices = services };
    }

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;

    private sealed record BodyPipe(PipeReader Reader) : IRequestBodyPipeFeature;

    [LoggerMessage(Level = LogLevel.Error, Message = "An inner request to {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
