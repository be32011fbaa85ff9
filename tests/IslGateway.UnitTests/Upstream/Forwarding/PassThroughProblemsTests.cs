using IslGateway.Outcomes;
using IslGateway.Upstream.Forwarding;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class PassThroughProblemsTests
{
    [Theory]
    [InlineData(ForwarderError.NoAvailableDestinations, 503, "UpstreamUnreachable")]
    [InlineData(ForwarderError.Request, 502, "UpstreamUnreachable")]
    [InlineData(ForwarderError.RequestTimedOut, 504, "UpstreamTimeout")]
    [InlineData(ForwarderError.RequestBodyDestination, 502, "UpstreamUnreachable")]
    [InlineData(ForwarderError.ResponseHeaders, 502, "UpstreamTruncated")]
    public void Of_Error_IsItsProblem(ForwarderError error, int status, string reason)
    {
        var problem = PassThroughProblems.Of(Met(error, new OperationCanceledException()));
        Assert.Equal((status, reason), (problem!.Status, problem.Cause.ToString()));
    }

    [Fact]
    public void Of_ConnectTimeout_IsUnreachable()
    {
        var problem = PassThroughProblems.Of(Met(ForwarderError.RequestTimedOut, new TaskCanceledException("", new TimeoutException())));
        Assert.Equal((502, Reason.UpstreamUnreachable), (problem!.Status, problem.Cause));
    }

    [Fact]
    public void Of_Silence_DoesNotBlameARow() =>
        Assert.DoesNotContain(
            "row", PassThroughProblems.Of(Met(ForwarderError.RequestTimedOut, new OperationCanceledException()))!.Detail,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(StatusCodes.Status413PayloadTooLarge, 413, "BodyTooLarge")]
    [InlineData(StatusCodes.Status408RequestTimeout, 408, "SlowBody")]
    [InlineData(StatusCodes.Status502BadGateway, 400, "MalformedRequest")]
    public void Of_BodyThatCouldNotBeRead_IsTheCallersProblem(int told, int status, string reason)
    {
        var context = Met(ForwarderError.RequestBodyClient, new IOException());
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(new Limit());
        context.Response.StatusCode = told;
        var problem = PassThroughProblems.Of(context);
        Assert.Equal((status, reason), (problem!.Status, problem.Cause.ToString()));
    }

    [Fact]
    public void Of_Answer_IsNoProblem() => Assert.Null(PassThroughProblems.Of(new DefaultHttpContext()));

    private static DefaultHttpContext Met(ForwarderError error, Exception exception)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IForwarderErrorFeature>(new Account(error, exception));
        return context;
    }

    private sealed record Account(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;

    private sealed class Limit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => true;

        public long? MaxRequestBodySize { get; set; } = 100;
    }
}
