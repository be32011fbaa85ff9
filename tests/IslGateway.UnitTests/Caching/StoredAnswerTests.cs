using IslGateway.UnitTests.Caching.Stores;

namespace IslGateway.UnitTests.Caching;

public sealed class StoredAnswerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    [Theory]
    [InlineData(-3_600, 3_600, true)]
    [InlineData(-3_599, 3_599, true)]
    [InlineData(0, 0, true)]
    [InlineData(5, 0, true)]
    public void AgeAt_AnyMoment_IsNeverNegative(int dated, int age, bool isKept)
    {
        var answer = Answers.Of(1, Now.AddSeconds(dated).ToUnixTimeMilliseconds());

        Assert.Equal(TimeSpan.FromSeconds(age), answer.AgeAt(Now));
        Assert.Equal(TimeSpan.FromSeconds(3_600 - age), answer.TtlAt(Now));
        Assert.Equal(isKept, answer.RemainingAt(Now) > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(5_001)]
    [InlineData(3_600_000)]
    [InlineData(long.MaxValue / 2)]
    public void TtlAt_DatedInTheFuture_IsOver(long ahead)
    {
        var answer = Answers.Of(1, Now.ToUnixTimeMilliseconds() + ahead);

        Assert.True(answer.TtlAt(Now) < TimeSpan.Zero);
        Assert.True(answer.RemainingAt(Now) < TimeSpan.Zero);
    }
}
