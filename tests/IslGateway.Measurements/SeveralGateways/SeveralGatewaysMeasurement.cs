using System.Diagnostics;
using System.Globalization;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.Measurements.SeveralGateways;

/// <summary>How soon gateways learn from each other.</summary>
public sealed class SeveralGatewaysMeasurement
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A fill of 10 s is taken over and answered within 2 s more than it takes by itself, whatever the machine makes of it.
    /// </summary>
    [Fact]
    public async Task LeaseHolderKilled()
    {
        var fill = TimeSpan.FromSeconds(10);
        var (takenOver, answered) = await KilledHolder.RunAsync(fill);
        var byItself = answered - takenOver;
        Figures.Report("several-gateways", string.Create(
            CultureInfo.InvariantCulture,
            $"lease holder killed in mid-fill: taken over after {takenOver.TotalSeconds:0.00} s, answered {answered.TotalSeconds:0.00} s after the kill; the fill by itself {byItself.TotalSeconds:0.00} s"));
        Assert.True(takenOver < TimeSpan.FromSeconds(2) * (byItself / fill), $"{takenOver}");
    }

    /// <summary>A purge holds at the other gateway within a second, plus what ten plain misses take there.</summary>
    [Fact]
    public async Task PurgeReachesTheOther()
    {
        RedisProcess.RequireOrSkip();
        await using var redis = await RedisProcess.StartAsync();
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, "purge", settings: "Cache:LookupBudget=2s");
        await group.AskAsync(1);
        await Eventually.TrueAsync(
            async () => (await group.AskAsync(1)).CacheStatus().Contains("; hit;", StringComparison.Ordinal), Soon,
            "the other gateway has a hit");
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++) (await group.AskAsync(1, "Cache-Control: no-store")).Dispose();
        var misses = clock.Elapsed;

        (await group.Gateways[0].ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken)).Dispose();
        clock.Restart();
        await Eventually.TrueAsync(
            async () => !(await group.AskAsync(1)).CacheStatus().Contains("; hit;", StringComparison.Ordinal), Soon,
            "the other gateway has heard of it");
        var heard = clock.Elapsed;

        Figures.Report("several-gateways", string.Create(CultureInfo.InvariantCulture, $"a purge reaches the other gateway after {heard.TotalMilliseconds:0} ms; ten misses take {misses.TotalMilliseconds:0} ms there"));
        Assert.True(heard < TimeSpan.FromSeconds(1) + misses, $"{heard}");
    }

    /// <summary>
    /// One slow command is no trouble that comes back: six of them keep requests from Redis six times as long as one, and not the longer
    /// each time.
    /// </summary>
    [Fact]
    public async Task OneCommandSlowAgainAndAgain()
    {
        RedisProcess.RequireOrSkip();
        const int Times = 6;
        await using var redis = await RedisProcess.StartAsync();
        await using var group = await GatewayGroup.StartAsync(1, redis.ConnectionString, "slow", settings: "Cache:LookupBudget=300ms");
        var gateway = group.Gateways[0];
        var (gate, breaker) = (gateway.Services.GetRequiredService<RedisGate>(),
            gateway.Services.GetRequiredService<RedisHealth>().Breaker);
        var away = new List<TimeSpan>();
        for (var i = 0; i < Times; i++)
        {
            await gate.AskAsync(
                [], _ => new TaskCompletionSource<bool>().Task, TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            var clock = Stopwatch.StartNew();
            await Eventually.TrueAsync(() => !breaker.IsOpen, Soon, "Redis is used again");
            away.Add(clock.Elapsed);
            Assert.True(
                (await gate.AskAsync(
                    [], database => database.PingAsync(), TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken)).IsOk);
        }

        var inAll = away.Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
        Figures.Report("redis-trouble", string.Create(
            CultureInfo.InvariantCulture, $"six slow commands kept requests from Redis for {inAll.TotalMilliseconds:0} ms in all, the first for {away[0].TotalMilliseconds:0} ms"));
        Assert.True(inAll < (2 * Times * away[0]) + TimeSpan.FromMilliseconds(300), $"{string.Join(", ", away)}");
    }
}
