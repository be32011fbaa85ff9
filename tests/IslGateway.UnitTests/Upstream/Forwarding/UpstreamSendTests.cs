using System.Net.Sockets;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class UpstreamSendTests
{
    private static readonly HttpRequestException Reset = new(
        "", new IOException("", new SocketException((int)SocketError.ConnectionReset)));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void WasCutOff_EndOfTheConnection_OnlyOfOneThatWasUsedBefore(bool isReused, bool wasCutOff)
    {
        var send = new UpstreamSend { NeedsOwnConnection = false };
        send.BeginOver(isReused);
        Assert.False(send.WasCutOff(Reset, TimeSpan.Zero));
        send.EndUnanswered();
        Assert.Equal(wasCutOff, send.WasCutOff(Reset, TimeSpan.Zero));
    }

    /// <summary>Over HTTP/2 no connection tells.</summary>
    [Theory]
    [InlineData(false, 999, true)]
    [InlineData(false, 1_000, false)]
    [InlineData(true, 1, false)]
    public void WasCutOff_ConnectionThatTellsNothing_IsGuessed(bool needsOwn, int afterMs, bool wasCutOff) =>
        Assert.Equal(wasCutOff, new UpstreamSend { NeedsOwnConnection = needsOwn }.WasCutOff(Reset, TimeSpan.FromMilliseconds(afterMs)));
}
