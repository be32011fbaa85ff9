using IslGateway.Outcomes;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Which error answers a passed-through request that got no answer.</summary>
internal static class PassThroughProblems
{
    /// <returns>Null if it got one.</returns>
    public static Problem? Of(HttpContext context)
    {
        var error = context.Features.Get<IForwarderErrorFeature>();
        return TransportFailure.Of(error, context.Features.Get<UpstreamSend>()) switch
        {
            UpstreamFailure.None
                when context.Response is { HasStarted: false, StatusCode: StatusCodes.Status508LoopDetected } => Problems.LoopDetected(),
            UpstreamFailure.None => null,
            _ when error?.Error == ForwarderError.RequestBodyClient => OfTheBody(context),
            UpstreamFailure.TimedOut => Problems.UpstreamSilent(),
            var failure => UpstreamProblems.Of(failure),
        };
    }

    /// <summary>The error for a caller's body that could not be read.</summary>
    private static Problem OfTheBody(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge when context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize is { } limit =>
            Problems.BodyTooLarge(limit),
        var status => Problems.UnreadableBody(
            status is >= 400 and < 500 ? status : StatusCodes.Status400BadRequest, "The request body could not be read to its end."),
    };
}
