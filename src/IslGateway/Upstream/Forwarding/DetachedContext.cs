using IslGateway.Content;
using IslGateway.Endpoints;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Makes the context of a call that belongs to no caller's request: with its own request, answer and lifetime.</summary>
internal static class DetachedContext
{
    /// <summary>At least as many features as it comes to have.</summary>
    private const int Features = 16;

    /// <summary>About as many headers as ISL's answers have.</summary>
    private const int AnswerHeaders = 16;

    public static DefaultHttpContext Create(
        UpstreamCall call, AnswerCapture capture, IServiceProvider services, CancellationToken cancellationToken)
    {
        var features = new FeatureCollection(Features);
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = call.Method,
            Protocol = HttpProtocol.Http11,
            Scheme = "http",
            RawTarget = call.RawTarget,
            Path = RawTarget.PathOf(call.RawTarget).ToString(),
            Headers = call.Headers,
            Body = new ReadOnlyMemoryStream(call.Body),
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature { Headers = new HeaderDictionary(AnswerHeaders) });
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(capture));
        features.Set<IHttpRequestLifetimeFeature>(new CallLifetime(cancellationToken));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = call.RemoteAddress });
        return new DefaultHttpContext(features) { RequestServices = services };
    }

    private sealed class CallLifetime(CancellationToken cancellationToken) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = cancellationToken;

        // YARP aborts when an answer breaks off; it also reports that in its error feature, and the call ends by itself.
        public void Abort()
        {
        }
    }
}
