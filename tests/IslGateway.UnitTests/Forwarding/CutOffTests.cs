using System.Net.Sockets;
using IslGateway.Forwarding;

namespace IslGateway.UnitTests.Forwarding;

public sealed class CutOffTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(999);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(SocketError.ConnectionReset, true)]
    [InlineData(SocketError.Shutdown, true)]
    [InlineData(SocketError.ConnectionRefused, false)]
    [InlineData(SocketError.HostUnreachable, false)]
    public void Is_EndOfTheConnection_OnlySoonAndOnlyOfOneThatWasThere(SocketError error, bool isCutOff)
    {
        var failure = new HttpRequestException("", new IOException("", new SocketException((int)error)));
        Assert.Equal(isCutOff, CutOff.Is(failure, Soon));
        Assert.False(CutOff.Is(failure, Late));
    }

    [Fact]
    public void Is_ResetWhileConnecting_IsNot() =>
        Assert.False(CutOff.Is(new HttpRequestException(HttpRequestError.ConnectionError, "", new SocketException((int)SocketError.ConnectionReset)), Soon));

    [Fact]
    public void Is_EndBeforeTheAnswer_IsOne()
    {
        Assert.True(CutOff.Is(new HttpRequestException(HttpRequestError.ResponseEnded, "", new HttpIOException(HttpRequestError.ResponseEnded)), Soon));
        Assert.True(CutOff.Is(new HttpRequestException("", new InvalidOperationException()), Soon));
    }

    [Fact]
    public void Is_NoFailure_IsNot() => Assert.False(CutOff.Is(null, Soon));
}
