using System.IO.Pipelines;
using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class BodyReaderTests
{
    private const int Limit = 10 << 20;

    private readonly BufferBudget _budget = new(64 << 20);
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2000, false)]
    [InlineData(65_537, true)]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_000, false)]
    public async Task Body_OfAnyLength_IsReadWhole(int length, bool announced)
    {
        var body = new byte[length];
        new Random(1).NextBytes(body);
        using (var buffer = new PooledBuffer(_budget, Limit))
        {
            await _pipe.Writer.WriteAsync(body, Token);
            await _pipe.Writer.CompleteAsync();

            Assert.Equal(BodyReadResult.Ok, await BodyReader.ReadAsync(_pipe.Reader, announced ? length : null, buffer, Token));
            Assert.Equal(body, buffer.WrittenMemory.ToArray());
        }

        Assert.Equal(0, _budget.InUse);
    }

    [Fact]
    public async Task Body_AnnouncedLargeAndNotSent_HoldsNothing()
    {
        using var buffer = new PooledBuffer(_budget, Limit);
        var reading = BodyReader.ReadAsync(_pipe.Reader, Limit, buffer, Token).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.Equal(0, _budget.InUse);

        await _pipe.Writer.WriteAsync(new byte[1], Token);
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(BodyReadResult.Ok, await reading);
        Assert.Equal(64 * 1024, _budget.InUse);
    }

    [Fact]
    public async Task Body_AnnouncedTooLarge_IsRefusedUnread()
    {
        using var buffer = new PooledBuffer(_budget, Limit);
        Assert.Equal(BodyReadResult.TooLarge, await BodyReader.ReadAsync(_pipe.Reader, Limit + 1L, buffer, Token));
        Assert.Equal(BodyReadResult.TooLarge, await BodyReader.ReadAsync(_pipe.Reader, long.MaxValue, buffer, Token));
    }

    [Theory]
    [InlineData(100, BodyReadResultName.Ok)]
    [InlineData(101, BodyReadResultName.TooLarge)]
    public async Task Body_Chunked_IsHeldToTheLimit(int length, string expected)
    {
        using var buffer = new PooledBuffer(_budget, 100);
        await _pipe.Writer.WriteAsync(new byte[length], Token);
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(expected, (await BodyReader.ReadAsync(_pipe.Reader, null, buffer, Token)).ToString());
    }

    [Fact]
    public async Task Body_ChunkedWithoutEnd_IsRefusedAtTheLimit()
    {
        using var buffer = new PooledBuffer(_budget, 100);
        await _pipe.Writer.WriteAsync(new byte[101], Token);
        Assert.Equal(BodyReadResult.TooLarge, await BodyReader.ReadAsync(_pipe.Reader, null, buffer, Token));
    }

    [Fact]
    public async Task Body_WithoutBudget_IsRefusedAndGivenBack()
    {
        var budget = new BufferBudget(100_000);
        using (var buffer = new PooledBuffer(budget, Limit))
        {
            await _pipe.Writer.WriteAsync(new byte[200_000], Token);
            Assert.Equal(BodyReadResult.OverBudget, await BodyReader.ReadAsync(_pipe.Reader, 200_000, buffer, Token));
        }

        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public async Task Body_OfAClientThatBreaksOff_PassesTheTransportsException()
    {
        using var buffer = new PooledBuffer(_budget, Limit);
        await _pipe.Writer.WriteAsync(new byte[10], Token);
        await _pipe.Writer.CompleteAsync(new InvalidOperationException("reset"));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await BodyReader.ReadAsync(_pipe.Reader, null, buffer, Token));
    }

    [Fact]
    public async Task Body_Cancelled_Throws()
    {
        using var buffer = new PooledBuffer(_budget, Limit);
        using var cancelled = new CancellationTokenSource();
        var reading = BodyReader.ReadAsync(_pipe.Reader, null, buffer, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        _pipe.Reader.CancelPendingRead();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await BodyReader.ReadAsync(_pipe.Reader, null, buffer, Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task TakeWhole_BodyHasArrived_TakesIt(int length)
    {
        var body = new byte[length];
        new Random(1).NextBytes(body);
        await _pipe.Writer.WriteAsync(body, Token);
        await _pipe.Writer.CompleteAsync();

        Assert.Equal(body, BodyReader.TryTakeWhole(_pipe.Reader, length));

        Assert.True((await _pipe.Reader.ReadAsync(Token)).Buffer.IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public async Task TakeWhole_BodyHasNotArrivedYet_LeavesWhatHas(int arrived)
    {
        if (arrived > 0) await _pipe.Writer.WriteAsync(new byte[arrived], Token);

        Assert.Null(BodyReader.TryTakeWhole(_pipe.Reader, 10));

        await _pipe.Writer.WriteAsync(new byte[10 - arrived], Token);
        await _pipe.Writer.CompleteAsync();
        using var buffer = new PooledBuffer(_budget, Limit);
        Assert.Equal(BodyReadResult.Ok, await BodyReader.ReadAsync(_pipe.Reader, 10, buffer, Token));
        Assert.Equal(10, buffer.Length);
    }

    private static class BodyReadResultName
    {
        public const string Ok = nameof(BodyReadResult.Ok);
        public const string TooLarge = nameof(BodyReadResult.TooLarge);
    }
}
