using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>What the one way to Redis does of its own accord: judging what came of a command, and counting it.</summary>
public sealed class RedisGateTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Errors_WhatWasNeverSent_IsNotCounted()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await StartAsync(isl);
        var (gate, breaker) = (gateway.Services.GetRequiredService<RedisGate>(),
            gateway.Services.GetRequiredService<RedisHealth>().Breaker);
        var sent = 0;
        Func<IDatabase, Task<bool>> ask = _ =>
        {
            sent++;
            return Task.FromResult(true);
        };

        var late = await gate.AskAsync([], ask, TimeSpan.Zero, TestContext.Current.CancellationToken);
        breaker.Trip(TimeProvider.System.GetTimestamp());
        var refused = await gate.AskAsync([], ask, TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);

        Assert.Equal(
            (RedisTrouble.Timeout, RedisTrouble.Unavailable, 0, 0d), (late.Trouble, refused.Trouble, sent, await ErrorsAsync(gateway)));
        await Eventually.TrueAsync(() => !breaker.IsOpen, Soon, "the watch closes the breaker");
        await SilentAsync(gate);
        Assert.Equal(1, await ErrorsAsync(gateway));
    }

    /// <summary>
    /// Whether it only waits its turn, or the watch's own question makes Redis look silent: the two limits are the same here.
    /// </summary>
    [Fact]
    public async Task Patience_WaitedInVainForAsLongAsItMay_IsSpent()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await StartAsync(isl, "Cache:LookupBudget=400ms", "Cache:LookupLimit=400ms");
        var gate = gateway.Services.GetRequiredService<RedisGate>();
        var (served, unserved) = (new RedisPatience(), new RedisPatience());

        await gate.AskAsync([], database => database.PingAsync(), served, TestContext.Current.CancellationToken);
        var reply = await gate.AskAsync([], _ => new TaskCompletionSource<bool>().Task, unserved, TestContext.Current.CancellationToken);

        Assert.Equal((RedisTrouble.Timeout, false, true), (reply.Trouble, served.IsSpent, unserved.IsSpent));
    }

    [Theory]
    [InlineData(LeaseEnd.Released)]
    [InlineData(LeaseEnd.NotStored)]
    public async Task Lease_EndsWhileRequestsAreKeptFromRedis_EndsThereAllTheSame(object how)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await StartAsync(isl, "Lease:Ttl=1m", "Lease:VainFor=1m");
        var (leases, breaker) = (gateway.Services.GetRequiredService<ILeases>(),
            gateway.Services.GetRequiredService<RedisHealth>().Breaker);
        var claim = new LeaseClaim(gateway.Services.GetRequiredService<EndpointTable>().Rows[0], Digest.Random(), Digest.Random());
        var name = gateway.Services.GetRequiredService<RedisNames>().Lease(claim.Row, claim.Key);
        await gateway.Redis.StringSetAsync(name, LeaseRecord.Held(name, claim.Token), TimeSpan.FromHours(1));

        breaker.Trip(TimeProvider.System.GetTimestamp());
        Assert.True(breaker.IsOpen);
        leases.End(claim, (LeaseEnd)how);

        var expected = (LeaseEnd)how == LeaseEnd.Released ? LeaseStanding.Nothing : LeaseStanding.NotStored;
        await Eventually.TrueAsync(
            async () => LeaseRecord.Read(name, (byte[]?)await gateway.Redis.StringGetAsync(name)) == expected, Soon, "the lease has ended");
    }

    private async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, params string[] settings)
    {
        // Long enough for a busy machine to be prompt.
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", "Cache:LookupBudget=300ms",
                .. settings]);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static ValueTask<RedisReply<bool>> SilentAsync(RedisGate gate) =>
        gate.AskAsync(
            [], _ => new TaskCompletionSource<bool>().Task, TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);

    private static async Task<double> ErrorsAsync(GatewayUnderTest gateway) =>
        Exposition.Parse(await gateway.MetricsAsync()).Sum("isl_gateway_cache_errors_total", "tier=\"redis\"");
}
