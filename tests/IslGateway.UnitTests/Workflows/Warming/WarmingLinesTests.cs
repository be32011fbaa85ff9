using System.IO.Pipelines;
using System.Text;
using IslGateway.Content;
using IslGateway.Workflows.Warming;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Warming;

public sealed class WarmingLinesTests
{
    private readonly BufferBudget _budget = new(1 << 20);
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("", "1:")]
    [InlineData("a", "1:a")]
    [InlineData("a\n", "1:a|2:")]
    [InlineData("a\r\nb", "1:a\r|2:b")]
    [InlineData("\n\nc\n", "1:|2:|3:c|4:")]
    [InlineData("0123456789\nb", "1:0123456789|2:b")]
    [InlineData("0123456789a\nb", "1:too long|2:b")]
    [InlineData("0123456789abcdefghij", "1:too long")]
    public async Task ReadAsync_WhateverTheEnds_NumbersTheLines(string text, string lines)
    {
        foreach (var piece in (int[])[1, 3, 64])
        {
            var read = new List<string>();
            var numbered = new WarmingLines(_budget, _time).ReadAsync(InPieces(text, piece), 10, TestContext.Current.CancellationToken);
            await foreach (var line in numbered)
            {
                read.Add($"{line.Number}:{(line.Text is { } own ? Encoding.UTF8.GetString(own.WrittenSpan) : "too long")}");
                line.Dispose();
            }

            Assert.Equal(lines, string.Join('|', read));
        }

        Assert.Equal(0, _budget.InUse);
    }

    [Fact]
    public async Task Content_OfAFileWithAMark_IsWithoutIt()
    {
        var lines = new List<(string Content, bool IsBlank)>();
        var read = new WarmingLines(_budget, _time).ReadAsync(
            InPieces("\uFEFF{}\n\uFEFF", 64), 10, TestContext.Current.CancellationToken);
        await foreach (var line in read)
        {
            lines.Add((Encoding.UTF8.GetString(line.Content.Span), line.IsBlank));
            line.Dispose();
        }

        Assert.Equal([("{}", false), ("\uFEFF", false)], lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task ReadAsync_BuffersFull_WaitsForRoom()
    {
        var taken = _budget.Hold(_budget.Limit);
        var lines = new WarmingLines(_budget, _time).ReadAsync(InPieces("a\nb", 64), 10, TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var first = lines.MoveNextAsync().AsTask();
        Assert.False(first.IsCompleted);

        taken.Dispose();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await first);
        Assert.Equal("a"u8.ToArray(), lines.Current.Text!.WrittenSpan.ToArray());
        lines.Current.Dispose();
        await lines.DisposeAsync();
        Assert.Equal(0, _budget.InUse);
    }

    private static PipeReader InPieces(string text, int size)
    {
        var pipe = new Pipe();
        _ = WriteAsync();
        return pipe.Reader;

        async Task WriteAsync()
        {
            foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(size)) await pipe.Writer.WriteAsync(piece);
            await pipe.Writer.CompleteAsync();
        }
    }
}
