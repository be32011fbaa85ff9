using IslGateway.Caching.Stores;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Stores;

public sealed class RedisBreakerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RedisBreaker _breaker;
    private int _lookups;

    public RedisBreakerTests() => _breaker = new RedisBreaker(_time);

    [Theory]
    [InlineData((int)RedisTrouble.Timeout)]
    [InlineData((int)RedisTrouble.Unavailable)]
    public async Task RunAsync_TwoFailuresInARowAfterManySuccesses_OpensForASecond(int trouble)
    {
        for (var i = 0; i < 1000; i++) await RunAsync(RedisTrouble.None);
        _lookups = 0;

        for (var i = 0; i < 100; i++) await RunAsync((RedisTrouble)trouble);
        Assert.Equal(2, _lookups);
        Assert.True(_breaker.IsOpen);

        _time.Advance(TimeSpan.FromSeconds(1.1));
        for (var i = 0; i < 100; i++) await RunAsync((RedisTrouble)trouble);
        Assert.Equal(3, _lookups);

        _time.Advance(TimeSpan.FromSeconds(1.1));
        for (var i = 0; i < 100; i++) await RunAsync(RedisTrouble.None);
        Assert.Equal(103, _lookups);
        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public async Task RunAsync_SingleFailuresAmongSuccesses_StaysClosed()
    {
        for (var i = 0; i < 100; i++)
        {
            await RunAsync(RedisTrouble.Timeout);
            await RunAsync(RedisTrouble.None);
        }

        Assert.Equal(200, _lookups);
    }

    [Theory]
    [InlineData((int)RedisTrouble.Garbage)]
    [InlineData((int)RedisTrouble.Refused)]
    public async Task RunAsync_PromptAnswersOfNoUse_StaysClosed(int trouble)
    {
        for (var i = 0; i < 100; i++) await RunAsync((RedisTrouble)trouble);

        Assert.Equal(100, _lookups);
    }

    [Fact]
    public async Task RunAsync_CallerLeft_ThrowsAndCountsForNothing()
    {
        for (var i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await _breaker.RunAsync<string, int>(
                static (_, _) => throw new OperationCanceledException(), 0, TestContext.Current.CancellationToken));
        }

        Assert.False(_breaker.IsOpen);
    }

    private async Task RunAsync(RedisTrouble trouble) => await _breaker.RunAsync(
        (found, _) =>
        {
            _lookups++;
            return ValueTask.FromResult(new RedisReply<string>(null, found));
        },
        trouble, TestContext.Current.CancellationToken);
}
