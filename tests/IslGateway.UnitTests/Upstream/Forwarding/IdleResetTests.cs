using System.Net.Sockets;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class IdleResetTests
{
    [Theory]
    [InlineData(SocketError.ConnectionReset, true)]
    [InlineData(SocketError.Shutdown, true)]
    [InlineData(SocketError.ConnectionRefused, false)]
    [InlineData(SocketError.HostUnreachable, false)]
    public void Is_EndOfTheConnection_OnlyOfOneThatWasThere(SocketError error, bool isCutOff)
    {
        var failure = new HttpRequestException("", new IOException("", new SocketException((int)error)));
        Assert.Equal(isCutOff, IdleReset.Is(failure));
    }

    [Fact]
    public void Is_ResetWhileConnecting_IsNot() =>
        Assert.False(
            IdleReset.Is(
                new HttpRequestException(HttpRequestError.ConnectionError, "", new SocketException((int)SocketError.ConnectionReset))));

    [Fact]
    public void Is_EndBeforeTheAnswer_IsOne()
    {
        Assert.True(
            IdleReset.Is(
                new HttpRequestException(HttpRequestError.ResponseEnded, "", new HttpIOException(HttpRequestError.ResponseEnded))));
        Assert.True(IdleReset.Is(new HttpRequestException("", new InvalidOperationException())));
    }

    [Fact]
    public void Is_NoFailure_IsNot() => Assert.False(IdleReset.Is(null));
}
