using System.Text;
using IslGateway.Commands.CacheSimulation;

namespace IslGateway.UnitTests.Commands.CacheSimulation;

public sealed class LogLinesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("one", "one")]
    [InlineData("one\n", "one")]
    [InlineData("one\r\ntwo\n", "one", "two")]
    [InlineData("\n\nthree", "", "", "three")]
    public void TryRead_AFile_GivesEachLine(string text, params string[] lines) => Assert.Equal(lines, Read(Encoding.UTF8.GetBytes(text)));

    /// <summary>However it is cut by the reads of the file.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void TryRead_ManyLinesInPieces_GivesEachLine(int piece)
    {
        string[] lines = [.. Enumerable.Range(0, 3_000).Select(number => new string('x', number % 90) + number)];

        Assert.Equal(lines, Read(Encoding.UTF8.GetBytes(string.Join('\n', lines)), piece));
    }

    [Theory]
    [InlineData(5_000, true)]
    [InlineData(300_000, true)]
    [InlineData(300_000, false)]
    public void TryRead_ALineThatIsNone_IsEmptyAndTheNextIsThere(int length, bool hasNext)
    {
        var text = "one\n" + new string('x', length) + (hasNext ? "\nthree" : "");

        Assert.Equal(hasNext ? ["one", "", "three"] : ["one", ""], Read(Encoding.UTF8.GetBytes(text)));
    }

    private static List<string> Read(byte[] bytes, int piece = int.MaxValue)
    {
        var lines = new LogLines(new InPieces(bytes, piece));
        var read = new List<string>();
        while (lines.TryRead(out var line))
        {
            read.Add(Encoding.UTF8.GetString(line));
            Assert.Equal(read.Count, lines.Number);
        }

        return read;
    }

    private sealed class InPieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(piece, buffer.Length)]);
    }
}
