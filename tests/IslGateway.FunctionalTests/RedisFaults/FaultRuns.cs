using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>Every way in which we know a Redis to fail, each under the whole load: how it is set up, made and mended.</summary>
/// <param name="rigs">The rigs that several faults share.</param>
/// <param name="lasting">How long a fault lasts.</param>
internal sealed class FaultRuns(FaultRigs rigs, TimeSpan lasting)
{
    /// <summary>Names of what befalls the way to the server.</summary>
    public static readonly string[] OfTheWay = ["slow: 200 ms later", "slow: 35 ms later", "black hole", "reset at connect"];

    /// <summary>One of <see cref="ServerFaults"/>. A rig whose Redis may have been left in trouble is given up.</summary>
    public async Task<FaultFigures> ServerAsync(string fault)
    {
        var rig = await rigs.DirectAsync();
        await using var admin = await rig.ConnectAsync();
        try
        {
            return await rig.RunAsync(fault, () => ServerFaults.MakeAsync(fault, rig, admin, lasting));
        }
        catch
        {
            await rigs.GiveUpAsync();
            throw;
        }
    }

    /// <summary>One of <see cref="OfTheWay"/>.</summary>
    public async Task<FaultFigures> WayAsync(string fault)
    {
        var rig = await rigs.LinkedAsync();
        return await rig.RunAsync(fault, async () =>
        {
            // As many times the budget, which is longer where nothing is measured.
            if (fault == "slow: 200 ms later") rig.Link.Slow(TimeSpan.FromMilliseconds(200) * rigs.Patience);
            else if (fault == "slow: 35 ms later") rig.Link.Slow(TimeSpan.FromMilliseconds(35) * rigs.Patience);
            else if (fault == "black hole") rig.Link.Hold();
            else rig.Link.Cut();
            await FaultRig.PassAsync(lasting * (fault.StartsWith("slow", StringComparison.Ordinal) ? Math.Min(rigs.Patience, 3) : 1));
            rig.Link.Restore();
        });
    }

    public async Task<FaultFigures> DownAtStartAsync()
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.KillAsync();
        await using var rig = await FaultRig.StartAsync(redis, rigs.IsMeasured);
        await using var load = rig.Load();
        await FaultRig.PassAsync(lasting);
        return await rig.RunAsync("down at start", load, async () =>
        {
            await FaultRig.PassAsync(lasting);
            await redis.RestartAsync();
        });
    }

    public async Task<FaultFigures> ReplicaPromotedAsync()
    {
        await using var primary = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await using var rig = await FaultRig.StartAsync(
            primary, rigs.IsMeasured, _ => $"{primary.ConnectionString},{replica.ConnectionString}");
        await rig.IsWellAsync();
        return await rig.RunAsync("primary killed, replica promoted", async () =>
        {
            await primary.KillAsync();
            await FaultRig.PassAsync(lasting);
            await RawRedis.SendAsync(replica.Port, "REPLICAOF", "NO", "ONE");
        });
    }

    public async Task<FaultFigures> RedisSentinelFailoverAsync()
    {
        await using var primary = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await using var redisSentinel = await RedisProcess.StartRedisSentinelAsync("main", primary.Port);
        await using var rig = await FaultRig.StartAsync(
            primary, rigs.IsMeasured, _ => $"{redisSentinel.ConnectionString},serviceName=main");
        await rig.IsWellAsync();
        return await rig.RunAsync("primary killed under Redis Sentinel", async () =>
        {
            await primary.KillAsync();
            await RawRedis.RepliesAsync(replica.Port, "+OK", "SET", "probe", "1");
        });
    }

    /// <summary>
    /// The masters that are not frozen answer all the while: it is the third that callers would wait for again and again.
    /// </summary>
    /// <param name="master">Its number; null: none is frozen, to see what the machine adds by itself.</param>
    public async Task<FaultFigures> MasterFrozenAsync(int? master)
    {
        await using var cluster = await RedisCluster.StartAsync(fullCoverage: false);
        await using var rig = await FaultRig.StartAsync(cluster.Masters[master ?? 0], rigs.IsMeasured, _ => cluster.ConnectionString);
        await rig.IsWellAsync();
        return await rig.RunAsync(master is null ? "none of 3 masters frozen" : $"master {master + 1} of 3 frozen, thawed", async () =>
        {
            if (master is { } frozen) cluster.Masters[frozen].Freeze();
            await FaultRig.PassAsync(lasting);
            if (master is { } thawed) cluster.Masters[thawed].Thaw();
        });
    }
}
