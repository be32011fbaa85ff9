using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Several gateways work as one: a question that all are asked at once is one call to ISL, and no gateway hangs on another.
/// </summary>
public sealed class LeaseTests(RedisFixture redis)
{
    private const string Collapsed = "IslGateway; fwd=miss; collapsed";
    private const string Stored = "IslGateway; fwd=miss; stored";

    /// <summary>For a Redis that is in trouble.</summary>
    private const string Hasty = "Cache:LookupBudget=500ms";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Callers_AThousandOverThreeGateways_AreOneUpstreamCall()
    {
        await using var group = await GatewayGroup.StartAsync(3, redis.ConnectionString, redis.NewPrefix());
        group.Sim.Hang(Isl.Validate);
        var asking = Enumerable.Range(0, 1_000).Select(i => group.AskAsync(i % 3, "X-Request-Id: same")).ToArray();
        for (var i = 0; i < 3; i++) await group.HoldsAsync(i, 333);
        group.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);

        Assert.Equal(1, group.Sim.Calls(Isl.Validate));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Single((await Task.WhenAll(answers.Select(answer => answer.TextAsync()))).Distinct());
        Assert.Equal(1, answers.Count(answer => answer.CacheStatus() == Stored));
        foreach (var answer in answers) answer.Dispose();
        Assert.Equal(
            (1, 2),
            (Enumerable.Range(0, 3).Sum(i => group.Leases(i, "taken")), Enumerable.Range(0, 3).Sum(i => group.Leases(i, "shared"))));
    }

    [Fact]
    public async Task Callers_AThousandOverThreeGatewaysWithoutRedis_AreThreeUpstreamCallsAtMost()
    {
        RedisProcess.RequireOrSkip();
        await using var own = await RedisProcess.StartAsync();
        await using var group = await GatewayGroup.StartAsync(3, own.ConnectionString, "away", null, Hasty);
        await own.KillAsync();
        group.Sim.Hang(Isl.Validate);
        var asking = Enumerable.Range(0, 1_000).Select(i => group.AskAsync(i % 3, "X-Request-Id: same")).ToArray();
        for (var i = 0; i < 3; i++) await group.HoldsAsync(i, 333);
        group.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);

        Assert.InRange(group.Sim.Calls(Isl.Validate), 1, 3);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Single((await Task.WhenAll(answers.Select(answer => answer.TextAsync()))).Distinct());
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task Lease_AnswerIsStored_IsGone()
    {
        await using var group = await GatewayGroup.StartAsync(1, redis.ConnectionString, redis.NewPrefix());
        group.Sim.Hang(Isl.Validate);
        var asking = group.AskAsync(0);
        await group.CallsAsync(1);
        var lease = await group.LeaseAsync();
        Assert.InRange((await group.Gateways[0].Redis.KeyTimeToLiveAsync(lease))!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        group.Sim.ReleaseHang();

        using var answer = await asking;
        await Eventually.TrueAsync(
            async () => !await group.Gateways[0].Redis.KeyExistsAsync(lease), TimeSpan.FromSeconds(40),
            "the lease is released, not expired");
    }

    [Fact]
    public async Task FirstCaller_Disconnects_TheOthersGetTheAnswerAndItIsStored()
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix());
        group.Sim.Hang(Isl.Validate);
        using var leaving = new CancellationTokenSource();
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        var leader = group.Gateways[0].Client.SendAsync(request, leaving.Token);
        await group.CallsAsync(1);
        var other = group.AskAsync(1);
        await group.WaitsAsync(1);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        group.Sim.ReleaseHang();

        using var answer = await other;
        using var again = await group.AskAsync(0);
        Assert.Equal((HttpStatusCode.OK, Collapsed), (answer.StatusCode, answer.CacheStatus()));
        Assert.EndsWith("detail=memory", again.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(1, group.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task WaitingCaller_Disconnects_NothingIsLeftWaiting()
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix());
        group.Sim.Hang(Isl.Validate);
        var holder = group.AskAsync(0);
        await group.CallsAsync(1);
        using var leaving = new CancellationTokenSource();
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        var waiting = group.Gateways[1].Client.SendAsync(request, leaving.Token);
        await group.WaitsAsync(1);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await Eventually.TrueAsync(
            () => group.Gateways[1].Services.GetRequiredService<Content.BufferBudget>().InUse == 0, Soon, "the waiting fill has ended");
        group.Sim.ReleaseHang();
        using var answer = await holder;
        Assert.Equal((Stored, 1), (answer.CacheStatus(), group.Sim.Calls(Isl.Validate)));
    }

    [Fact]
    public Task Holder_KilledInMidFill_AnotherTakesOver() =>
        KilledHolder.RunAsync(fill: null, "--Lease:Ttl=4s", "--Cache:LookupBudget=5s");

    [Theory]
    [InlineData("an error")]
    [InlineData("degraded")]
    [InlineData("forbidden to store")]
    public async Task Holder_AnswerIsNotStored_TheOthersAskAllAtOnce(string answered)
    {
        await using var group = await GatewayGroup.StartAsync(3, redis.ConnectionString, redis.NewPrefix());
        if (answered == "an error") group.Sim.Fail(500, path: Isl.Validate);
        if (answered == "degraded") group.Sim.Degraded = true;
        if (answered == "forbidden to store")
            group.Sim.Update(knobs => knobs with { ResponseHeaders = new Dictionary<string, string> { ["Cache-Control"] = "no-store" } });
        var asking = await group.HoldAsync();

        // The first is let go, those to come hang again: in a chain there would never be two of them.
        group.Sim.Hang(Isl.Validate);
        await group.CallsAsync(3);
        group.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);
        var status = answered == "an error" ? HttpStatusCode.InternalServerError : HttpStatusCode.OK;
        Assert.All(answers, answer => Assert.Equal(status, answer.StatusCode));
        Assert.Equal(3, group.Sim.Calls(Isl.Validate));
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task Holder_AnswerWaitsForItsEpochTooLong_TheOthersAskForThemselves()
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix(), null, "Isl:HealthTimeout=1s");
        var asking = await group.HoldAsync();
        group.Sim.HealthDelay = TimeSpan.FromMinutes(1);

        group.Sim.Hang(Isl.Validate);

        await group.CallsAsync(2);
        group.Sim.HealthDelay = TimeSpan.Zero;
        group.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("another type")]
    [InlineData("another's")]
    public async Task Lease_IsGarbageInMidWait_IsFilledWithoutAndRemoved(string what)
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix());
        var asking = await group.HoldAsync();
        var (lease, database) = (await group.LeaseAsync(), group.Gateways[0].Redis);
        var errors = Garbage(group.Gateways[1]);

        if (what == "garbage") await database.StringSetAsync(lease, "garbage", TimeSpan.FromMinutes(1));
        if (what == "another type")
        {
            var swap = database.CreateTransaction();
            _ = swap.KeyDeleteAsync(lease);
            _ = swap.ListLeftPushAsync(lease, "garbage");
            await swap.ExecuteAsync();
        }

        if (what == "another's") await database.StringSetAsync(lease, RedisRecord.Encode("another", new byte[32]), TimeSpan.FromMinutes(1));

        await group.CallsAsync(2);
        Assert.Equal(1, Garbage(group.Gateways[1]) - errors);
        await Eventually.TrueAsync(async () => !await database.KeyExistsAsync(lease), Soon, "it is removed");
        group.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal((HttpStatusCode.OK, Stored), (answer.StatusCode, answer.CacheStatus()));
            answer.Dispose();
        }
    }

    [Theory]
    [InlineData("frozen")]
    [InlineData("killed")]
    [InlineData("readonly")]
    public async Task Redis_InTroubleInMidWait_IsFilledWithout(string trouble)
    {
        RedisProcess.RequireOrSkip();
        await using var own = await RedisProcess.StartAsync();
        await using var group = await GatewayGroup.StartAsync(2, own.ConnectionString, "trouble", null, Hasty);
        var asking = await group.HoldAsync();

        if (trouble == "frozen") own.Freeze();
        if (trouble == "killed") await own.KillAsync();
        if (trouble == "readonly") Assert.Equal("+OK", await RawRedis.SendAsync(own.Port, "REPLICAOF", "127.0.0.1", $"{FreePort.Next()}"));

        await group.CallsAsync(2);
        group.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal((HttpStatusCode.OK, Stored), (answer.StatusCode, answer.CacheStatus()));
            answer.Dispose();
        }

        if (trouble == "frozen") own.Thaw();
    }

    [Fact]
    public async Task Credentials_Partitioned_NeverWaitForEachOther()
    {
        await using var group = await GatewayGroup.StartAsync(
            2, redis.ConnectionString, redis.NewPrefix(), new SimulatorOptions { Latency = 0, ApiKeys = ["ann", "bob"] });
        group.Sim.Hang(Isl.Validate);
        Task<HttpResponseMessage>[] asking = [group.AskAsync(0, "X-API-Key: ann"), group.AskAsync(1, "X-API-Key: bob")];

        await group.CallsAsync(2);
        group.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal((HttpStatusCode.OK, Stored), (answer.StatusCode, answer.CacheStatus()));
            answer.Dispose();
        }
    }

    [Fact]
    public async Task Credentials_SharedAndUnknown_TakeNoLeaseAndWaitForNone()
    {
        await using var group = await GatewayGroup.StartAsync(
            2, redis.ConnectionString, redis.NewPrefix(), new SimulatorOptions { Latency = 0, ApiKeys = ["ann"] },
            "Cache:CredentialScope=Shared");
        group.Sim.Hang(Isl.Validate);
        var anns = group.AskAsync(0, "X-API-Key: ann");
        await group.CallsAsync(1);

        using var refused = await group.AskAsync(1, "X-API-Key: mallory");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        group.Sim.ReleaseHang();
        using var answer = await anns;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Credentials_Shared_GetTheOtherGatewaysAnswerIfIslAcceptsThem()
    {
        await using var group = await GatewayGroup.StartAsync(
            2, redis.ConnectionString, redis.NewPrefix(), new SimulatorOptions { Latency = 0, ApiKeys = ["ann", "bob"] },
            "Cache:CredentialScope=Shared");
        var asking = await group.HoldAsync(["X-API-Key: ann"], ["X-API-Key: bob"]);
        group.Sim.ReleaseHang();

        using var first = await asking[0];
        using var second = await asking[1];

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Single(group.Sim.LastCalls(Isl.Validate));
    }

    [Fact]
    public async Task Lease_SwitchedOff_EachGatewayAsks()
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix(), null, "Lease:Enabled=false");
        group.Sim.Hang(Isl.Validate);
        Task<HttpResponseMessage>[] asking = [group.AskAsync(0), group.AskAsync(1)];
        await group.CallsAsync(2);
        group.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(asking)) answer.Dispose();
    }

    private static double Garbage(GatewayUnderTest gateway) =>
        gateway.Services.GetRequiredService<Telemetry.GatewayMetrics>().CacheErrors.WithLabels("redis", "garbage").Value;
}
