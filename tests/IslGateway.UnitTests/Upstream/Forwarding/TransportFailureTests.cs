using System.Net.Sockets;
using IslGateway.Upstream.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class TransportFailureTests
{
    [Theory]
    [InlineData(HttpRequestError.ConnectionError, "Unreachable")]
    [InlineData(HttpRequestError.NameResolutionError, "Unreachable")]
    [InlineData(HttpRequestError.SecureConnectionError, "Unreachable")]
    [InlineData(HttpRequestError.ResponseEnded, "ConnectionEnded")]
    [InlineData(HttpRequestError.HttpProtocolError, "ConnectionEnded")]
    [InlineData(HttpRequestError.Unknown, "ConnectionEnded")]
    public void Of_FailedRequest_TellsWhetherItWasSent(HttpRequestError error, string failure) =>
        Assert.Equal(
            failure,
            Of(ForwarderError.Request, new HttpRequestException(error, "", new SocketException((int)SocketError.ConnectionReset))));

    [Theory]
    [InlineData(ForwarderError.None, "None")]
    [InlineData(ForwarderError.NoAvailableDestinations, "NoReplica")]
    [InlineData(ForwarderError.RequestTimedOut, "TimedOut")]
    [InlineData(ForwarderError.RequestCanceled, "TimedOut")]
    [InlineData(ForwarderError.RequestBodyDestination, "ConnectionEnded")]
    [InlineData(ForwarderError.ResponseBodyDestination, "Truncated")]
    [InlineData(ForwarderError.RequestCreation, "Unreachable")]
    public void Of_Error_IsItsFailure(ForwarderError error, string failure) => Assert.Equal(failure, Of(error, new IOException()));

    [Theory]
    [InlineData(ForwarderError.RequestBodyDestination, true, false, "None")]
    [InlineData(ForwarderError.RequestBodyCanceled, true, false, "None")]
    [InlineData(ForwarderError.RequestBodyDestination, false, false, "ConnectionEnded")]
    [InlineData(ForwarderError.RequestBodyDestination, true, true, "ConnectionEnded")]
    [InlineData(ForwarderError.ResponseBodyDestination, true, false, "Truncated")]
    public void Of_BodyThatFoundNoReader_IsNoneOnceTheAnswerIsWhole(ForwarderError error, bool isAnswered, bool failedToo, string failure)
    {
        Exception exception = failedToo ? new AggregateException(new IOException(), new IOException()) : new IOException();
        var send = new UpstreamSend { NeedsOwnConnection = true };
        if (isAnswered) send.BeginAnswer();
        Assert.Equal(failure, TransportFailure.Of(new Account(error, exception), send).ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_ConnectTimeoutOfTheRealClient_IsUnreachableAndNotSilence()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(20),
            ConnectCallback = async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return Stream.Null;
            },
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://isl/");
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal("Unreachable", Of(ForwarderError.RequestTimedOut, failure));
    }

    private static string Of(ForwarderError error, Exception? exception) => TransportFailure.Of(new Account(error, exception)).ToString();

    private sealed record Account(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
