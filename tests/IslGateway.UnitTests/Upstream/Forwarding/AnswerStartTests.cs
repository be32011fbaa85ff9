using System.Text;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class AnswerStartTests
{
    [Theory]
    [InlineData("HTTP/1.1 20", false, false, false)]
    [InlineData("HTTP/1.1 200 OK\r\n", true, false, false)]
    [InlineData("HTTP/1.1 413 X", true, true, false)]
    [InlineData("HTTP/1.0 302", true, true, false)]
    [InlineData("HTTP/1.1 101 Switching", true, false, true)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", false, false, false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 X", true, true, false)]
    [InlineData("HTTP/1.1 100 \n\nHTTP/1.1 401 X", true, true, false)]
    [InlineData("HTTP/1.1 103 Early\r\nLink: </413>\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK", true, false, false)]
    [InlineData("HTTP/1.1 103 Early\r\nLink: HTTP/1.1 413 X\r\n", false, false, false)]
    [InlineData("what is this", true, true, false)]
    public void Take_BytesInWhateverPieces_KnowsTheStatus(string text, bool isFinal, bool isRefusal, bool isUpgrade)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            var start = new AnswerStart();
            foreach (var chunk in bytes.Chunk(piece)) start.Take(chunk);
            Assert.Equal((isFinal, isRefusal, isUpgrade), (start.IsFinal, start.IsRefusal, start.IsUpgrade));
        }
    }
}
