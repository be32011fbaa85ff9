using System.Text;
using IslGateway.Content;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class RecordedStreamTests
{
    private readonly BufferBudget _budget = new(100_000);

    [Fact]
    public async Task Rewind_InTheMiddle_ReadsAgainAndGoesOn()
    {
        await using var stream = Of("0123456789");
        Assert.Equal("0123", await ReadAsync(stream, 4));
        stream.Rewind();
        Assert.Equal("01", await ReadAsync(stream, 2));
        stream.Rewind();
        Assert.Equal("0123", await ReadAsync(stream, 100));
        Assert.Equal("456789", await ReadAsync(stream, 100));
        stream.Rewind();
        Assert.Equal("0123456789", await ReadAsync(stream, 100));
        Assert.Equal("", await ReadAsync(stream, 100));
        Assert.True(stream.IsWhole);
    }

    [Fact]
    public async Task Forget_OnceAllIsRead_GivesTheRoomBackAndGoesOn()
    {
        await using var stream = Of("0123456789");
        await ReadAsync(stream, 4);
        Assert.NotEqual(0, _budget.InUse);
        stream.Forget();
        Assert.Equal(0, _budget.InUse);
        Assert.False(stream.IsWhole);
        Assert.Equal("456789", await ReadAsync(stream, 100));
        Assert.Equal(0, _budget.InUse);
        Assert.Throws<InvalidOperationException>(stream.Rewind);
    }

    [Fact]
    public async Task Forget_WhileItIsReadAgain_LosesNothing()
    {
        await using var stream = Of("0123456789");
        await ReadAsync(stream, 8);
        stream.Rewind();
        await ReadAsync(stream, 2);
        stream.Forget();
        Assert.Equal("234567", await ReadAsync(stream, 100));
        Assert.Equal("89", await ReadAsync(stream, 100));
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(1_000, 200_000)]
    public async Task Read_WithoutRoomToKeepIt_StreamsAllTheSame(int limit, int reserved)
    {
        await using var stream = Of("0123456789", Math.Max(limit, reserved), reserved);
        Assert.Equal("0123456789", await ReadAsync(stream, 100));
        Assert.False(stream.IsWhole);
        Assert.Equal(0, _budget.InUse);
    }

    private RecordedStream Of(string text, int limit = 1_000, int reserved = 0) =>
        new(new MemoryStream(Encoding.ASCII.GetBytes(text)), new PooledBuffer(_budget, limit), reserved);

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        var buffer = new byte[count];
        var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
