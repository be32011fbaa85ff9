using System.Runtime.CompilerServices;
using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class BufferArraysTests
{
    private readonly BufferBudget _budget = new(1 << 20);

    [Theory]
    [InlineData(1, 16)]
    [InlineData(100, 128)]
    [InlineData(BufferArrays.LargestPooled, BufferArrays.LargestPooled)]
    [InlineData(BufferArrays.LargestPooled + 1, BufferArrays.LargestPooled + 1)]
    [InlineData(1_000_000, 1_000_000)]
    public void Array_OfAnySize_IsChargedWithWhatItIs(int length, int charged)
    {
        Assert.True(BufferArrays.TryRent<byte>(_budget, length, out var array));
        Assert.Equal((charged, charged), (array.Length, _budget.InUse));

        BufferArrays.Return(_budget, array);
        Assert.Equal(0, _budget.InUse);
    }

    [Theory]
    [InlineData(4_000, 4_096)]
    [InlineData(10_000, 10_000)]
    public void Array_OfLargerElements_IsChargedInBytes(int length, int elements)
    {
        Assert.True(BufferArrays.TryRent<decimal>(_budget, length, out var array));
        Assert.Equal((elements, 16L * elements), (array.Length, _budget.InUse));

        BufferArrays.Return(_budget, array);
        Assert.Equal(0, _budget.InUse);
    }

    [Fact]
    public void Array_ThatDoesNotFit_IsNeverMade()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(BufferArrays.TryRent<byte>(_budget, (1 << 20) + 1, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(0, _budget.InUse);
    }

    [Fact]
    public void Array_ThereIsNoMemoryFor_IsRefusedAndNotCharged()
    {
        var ample = new BufferBudget(long.MaxValue);

        // Longer than an array may be, which is the same exception.
        Assert.False(BufferArrays.TryRent<byte>(ample, int.MaxValue, out _));

        Assert.Equal(0, ample.InUse);
    }

    [Fact]
    public void Array_LargeAndGivenBack_IsKeptByNobody()
    {
        var array = RentAndReturn(1_000_000);

        GC.Collect();

        Assert.False(array.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference RentAndReturn(int length)
    {
        Assert.True(BufferArrays.TryRent<byte>(_budget, length, out var array));
        BufferArrays.Return(_budget, array);
        return new WeakReference(array);
    }
}
