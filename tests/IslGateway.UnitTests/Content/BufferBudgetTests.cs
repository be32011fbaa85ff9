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
    public void ForFills_SevenEighthsAreHeld_RefusesWhileTheRestIsThereForOthers()
    {
        var budget = new BufferBudget(800);
        Assert.True(budget.ForFills.TryReserve(500));
        Assert.True(budget.TryReserve(200));

        Assert.False(budget.ForFills.TryReserve(1));
        Assert.Null(budget.ForFills.TryHold(1));
        Assert.True(budget.TryReserve(100));
        Assert.False(budget.TryReserve(1));

        Assert.Equal((800, 800), (budget.InUse, budget.ForFills.InUse));
        budget.ForFills.Release(500);
        budget.Release(300);
        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public void ForFills_LimitChanged_GoesWithIt()
    {
        var budget = new BufferBudget(80) { Limit = 160 };

        Assert.False(budget.ForFills.TryReserve(141));
        Assert.True(budget.ForFills.TryReserve(140));
        Assert.Same(budget.ForFills, budget.ForFills.ForFills);
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
