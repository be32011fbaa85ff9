using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class BufferBudgetTests
{
    [Fact]
    public void Reservation_ThatDoesNotFit_TakesNothing()
    {
        var budget = new BufferBudget(100);
        Assert.True(budget.TryReserve(60));
        Assert.False(budget.TryReserve(41));
        Assert.False(budget.TryReserve(long.MaxValue));
        Assert.Equal(60, budget.InUse);
        Assert.True(budget.TryReserve(40));
        budget.Release(100);
        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public void Limit_LoweredBelowUse_RefusesUntilEnoughIsBack()
    {
        var budget = new BufferBudget(100);
        Assert.True(budget.TryReserve(80));
        budget.Limit = 50;
        Assert.False(budget.TryReserve(1));
        budget.Release(40);
        Assert.True(budget.TryReserve(10));
        Assert.False(budget.TryReserve(1));
    }

    [Fact]
    public void Release_OfMoreThanReserved_IsABug() =>
        Assert.Throws<InvalidOperationException>(() => new BufferBudget(100).Release(1));

    [Fact]
    public void Reservations_FromManyThreads_NeverExceedTheLimit()
    {
        var budget = new BufferBudget(1000);
        var exceeded = 0;
        Parallel.For(0, 20_000, i =>
        {
            var bytes = (i % 300) + 1;
            if (!budget.TryReserve(bytes))
                return;

            if (budget.InUse > 1000)
                Interlocked.Increment(ref exceeded);
            budget.Release(bytes);
        });

        Assert.Equal(0, exceeded);
        Assert.Equal(0, budget.InUse);
    }
}
