using System.Buffers;
using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class PooledBufferTests
{
    [Fact]
    public void Content_AppendedInPieces_IsKeptThroughGrowth()
    {
        var budget = new BufferBudget(1 << 20);
        using var buffer = new PooledBuffer(budget, 100_000);
        var expected = new byte[100_000];
        new Random(5).NextBytes(expected);
        for (var i = 0; i < expected.Length; i += 777)
            Assert.Equal(BufferOutcome.Ok, buffer.Append(expected.AsSpan(i, Math.Min(777, expected.Length - i))));

        Assert.Equal(expected, buffer.WrittenSpan.ToArray());
        Assert.Equal(expected, buffer.WrittenMemory.ToArray());
        Assert.Equal(BufferOutcome.LimitExceeded, buffer.Append([1]));
        Assert.Equal(100_000, buffer.Length);
        Assert.Equal(100_000, budget.InUse);
    }

    [Fact]
    public void FreeSpan_OfAnArrayLongerThanTheLimit_EndsAtTheLimit()
    {
        using var buffer = new PooledBuffer(new BufferBudget(1 << 20), 300);
        Assert.Equal(BufferOutcome.Ok, buffer.Reserve(300));
        Assert.Equal(300, buffer.FreeSpan.Length);
        Assert.Equal(300, buffer.GetMemory().Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(301));
        buffer.Advance(300);
        Assert.True(buffer.FreeSpan.IsEmpty);
        Assert.Equal(BufferOutcome.LimitExceeded, buffer.Reserve(1));
        Assert.Equal(BufferOutcome.LimitExceeded, buffer.Reserve(int.MaxValue));
    }

    [Fact]
    public void Budget_Exhausted_LeavesWhatIsWritten()
    {
        var budget = new BufferBudget(600);
        using var buffer = new PooledBuffer(budget, 10_000);
        Assert.Equal(BufferOutcome.Ok, buffer.Append(new byte[256]));
        Assert.Equal(BufferOutcome.BudgetExceeded, buffer.Append([1]));
        Assert.Equal(256, buffer.Length);
        budget.Limit = 1000;
        Assert.Equal(BufferOutcome.Ok, buffer.Append([1]));
        Assert.Equal(512, budget.InUse);
    }

    [Fact]
    public void Writer_WithoutRoom_Throws()
    {
        var buffer = new PooledBuffer(new BufferBudget(1 << 20), 10);
        buffer.Write(new byte[10]);
        Assert.Throws<InvalidOperationException>(() => buffer.GetSpan().Length);
        Assert.Throws<InvalidOperationException>(() => buffer.GetMemory(1).Length);
        Assert.Equal(10, buffer.Length);
        buffer.Dispose();
    }

    [Fact]
    public void Dispose_Twice_GivesBackOnce()
    {
        var budget = new BufferBudget(10_000);
        Assert.True(budget.TryReserve(1000));
        var buffer = new PooledBuffer(budget, 5000);
        Assert.Equal(BufferOutcome.Ok, buffer.Append(new byte[2000]));
        Assert.Equal(1000 + 2048, budget.InUse);

        buffer.Dispose();
        buffer.Dispose();

        Assert.Equal(1000, budget.InUse);
        Assert.Throws<ObjectDisposedException>(() => buffer.WrittenSpan.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Append([1]));
        Assert.Equal(1000, budget.InUse);
    }
}
