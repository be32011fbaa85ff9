using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.RedisFaults;

namespace IslGateway.FunctionalTests;

/// <summary>
/// A real Redis is broken in every way that we know of, under a steady load of memory hits, Redis hits, session hits, misses and updates.
/// Every answer must be the right one, none may be lost, and it all comes from Redis again without anybody mending the gateway. What each
/// fault costs in milliseconds depends on the machine: <c>tests/IslGateway.Measurements</c> measures that.
/// </summary>
public sealed class RedisTroubleTests(FaultRigs rigs) : IClassFixture<FaultRigs>
{
    private readonly FaultRuns _runs = new(rigs, TimeSpan.FromSeconds(0.6));

    public static TheoryData<string> ServerFaultNames => [.. ServerFaults.Names];

    public static TheoryData<string> WayFaultNames => [.. FaultRuns.OfTheWay];

    [Theory]
    [MemberData(nameof(ServerFaultNames))]
    public Task Server_InTrouble_CallersAreServed(string fault) => ServedAsync(() => _runs.ServerAsync(fault));

    [Theory]
    [MemberData(nameof(WayFaultNames))]
    public Task WayToServer_InTrouble_CallersAreServed(string fault) => ServedAsync(() => _runs.WayAsync(fault));

    [Fact]
    public Task Server_DownAtStart_CallersAreServed() => ServedAsync(_runs.DownAtStartAsync);

    [Fact]
    public Task Primary_KilledAndReplicaPromoted_CallersAreServed() => ServedAsync(_runs.ReplicaPromotedAsync);

    [Fact]
    public Task Primary_KilledUnderRedisSentinel_CallersAreServed() => ServedAsync(_runs.RedisSentinelFailoverAsync);

    [Fact]
    public Task OneMasterOfThree_FrozenAndThawed_CallersAreServed() => ServedAsync(() => _runs.MasterFrozenAsync(1));

    private static async Task ServedAsync(Func<Task<FaultFigures>> run)
    {
        RedisProcess.RequireOrSkip();
        var figures = await run();
        Assert.Empty(figures.Wrong);
        Assert.InRange(figures.Requests, 50, int.MaxValue);
    }
}
