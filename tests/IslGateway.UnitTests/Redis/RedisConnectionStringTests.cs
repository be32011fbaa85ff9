using IslGateway.Redis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.UnitTests.Redis;

public sealed class RedisConnectionStringTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:6379,password=hunter2,ssl=true,abortConnect=true")]
    [InlineData("10.0.0.1:6379,10.0.0.2:6379,user=app,password=a=b==")]
    [InlineData("sentinel:26379,serviceName=mymaster")]
    [InlineData("[::1]:6379")]
    public void TryParse_GoodText_IsTaken(string text)
    {
        Assert.True(RedisConnectionString.TryParse(text, out var error), error);
        Assert.Null(error);
    }

    [Theory]
    [InlineData("redis:6379,pasword=hunter2")]
    [InlineData("redis:6379,password=x,hunter2=y")]
    [InlineData("redis:6379,ssl=hunter2,password=hunter2")]
    [InlineData("redis://user:hunter2@redis:6379")]
    [InlineData("password=hunter2")]
    [InlineData("")]
    [InlineData(",")]
    public void TryParse_BadText_SaysSoWithoutQuotingIt(string text)
    {
        Assert.False(RedisConnectionString.TryParse(text, out var error));
        Assert.NotEmpty(error);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_BadPart_IsNamedByPosition()
    {
        Assert.False(RedisConnectionString.TryParse("redis:6379,ssl=true,pasword=x", out var error));

        Assert.Contains("part 3 of the 3", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:6379", true)]
    [InlineData("LOCALHOST,127.0.0.1:6380,127.9.9.9,[::1]:6379,password=x", true)]
    [InlineData("localhost,redis.example:6379", false)]
    [InlineData("10.0.0.1:6379", false)]
    [InlineData("localhost.example:6379", false)]
    [InlineData("localhost:26379,serviceName=mymaster", false)]
    [InlineData("nonsense=1", false)]
    [InlineData("", false)]
    public void IsLoopbackOnly_TellsWhetherAllIsOnThisMachine(string text, bool expected) =>
        Assert.Equal(expected, RedisConnectionString.IsLoopbackOnly(text));

    [Fact]
    public void ToOptions_WhateverIsWritten_NeverBlocksAndNeverGivesUp()
    {
        var options = RedisConnectionString.ToOptions(
            "localhost,abortConnect=true,connectTimeout=60000,asyncTimeout=200,password=x,ssl=true", new CacheOptions());

        Assert.False(options.AbortOnConnectFail);
        Assert.Same(BacklogPolicy.FailFast, options.BacklogPolicy);
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.HeartbeatInterval);
        Assert.Equal((500, 5, 200), (options.ConnectTimeout, options.KeepAlive, options.AsyncTimeout));
        Assert.IsType<ExponentialRetry>(options.ReconnectRetryPolicy);
        Assert.Equal(("x", true), (options.Password, options.Ssl));
    }

    [Theory]
    [InlineData(0.03, 0.5, 1_000)]
    [InlineData(2, 1, 2_000)]
    [InlineData(0.03, 4, 4_000)]
    public void ToOptions_OfLongBudgets_WaitsAsLong(double lookup, double write, int milliseconds)
    {
        var options = RedisConnectionString.ToOptions(
            "localhost", new CacheOptions { LookupBudget = TimeSpan.FromSeconds(lookup), WriteBudget = TimeSpan.FromSeconds(write) });

        Assert.Equal((milliseconds, milliseconds), (options.AsyncTimeout, options.SyncTimeout));
    }
}
