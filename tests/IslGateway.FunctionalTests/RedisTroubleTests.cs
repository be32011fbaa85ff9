using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.RedisFaults;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>
/// DESIGN section 5, first row: a real Redis is broken in every way that we know of, under a steady load of memory hits, Redis hits, session
/// hits, misses and updates. Every answer must be the right one; a caller may wait longer once and by little; and nobody mends the gateway.
/// </summary>
[Collection(Alone.Name)]
public sealed class RedisTroubleTests(FaultTable table, FaultRigs rigs) : IClassFixture<FaultRigs>
{
    /// <summary>How long a fault lasts; <c>ISLGATEWAY_TEST_FAULT_SECONDS=30</c> shows the same for long ones.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("ISLGATEWAY_TEST_FAULT_SECONDS") is { Length: > 0 } seconds ? double.Parse(seconds, CultureInfo.InvariantCulture) : 2);

    /// <summary>Milliseconds that a fault may add to one caller, once.</summary>
    private const double Allowed = 50;

    [Theory]
    [InlineData("killed, back empty")]
    [InlineData("restarted empty at once")]
    [InlineData("frozen, thawed")]
    [InlineData("full (noeviction)")]
    [InlineData("evicting (allkeys-lru)")]
    [InlineData("replica of a dead primary")]
    [InlineData("flushed again and again")]
    [InlineData("password changed and changed back")]
    [InlineData("no rights (ACL)")]
    [InlineData("garbage under all our keys")]
    [InlineData("clients killed again and again")]
    public async Task Server_InTrouble_CallersAreServed(string fault)
    {
        RedisProcess.RequireOrSkip();
        var rig = await rigs.DirectAsync();
        await using var admin = await rig.ConnectAsync();
        try
        {
            await JudgeAsync(() => rig.RunAsync(fault, () => MakeAsync(fault, rig, admin)));
        }
        catch
        {
            await rigs.GiveUpAsync();
            throw;
        }
    }

    private static async Task MakeAsync(string fault, FaultRig rig, ConnectionMultiplexer admin)
    {
        var redis = rig.Redis;
        switch (fault)
        {
            case "killed, back empty":
                await redis.KillAsync();
                await FaultRig.PassAsync(Lasting);
                await redis.RestartAsync();
                break;
            case "restarted empty at once":
                await redis.RestartAsync();
                break;
            case "frozen, thawed":
                redis.Freeze();
                await FaultRig.PassAsync(Lasting);
                redis.Thaw();
                break;
            case "full (noeviction)":
                await redis.ConfigSetAsync("maxmemory", "1");
                await FaultRig.PassAsync(Lasting);
                Assert.Contains("\"redis\":\"refusing\"", await rig.ReadinessAsync(), StringComparison.Ordinal);
                Assert.InRange(await rig.ErrorsAsync("refused"), 1, double.MaxValue);
                await redis.ConfigSetAsync("maxmemory", "0");
                break;
            case "evicting (allkeys-lru)":
                var used = (await admin.GetServers()[0].InfoAsync("memory")).SelectMany(section => section).First(line => line.Key == "used_memory").Value;
                await redis.ConfigSetAsync("maxmemory-policy", "allkeys-lru");
                await redis.ConfigSetAsync("maxmemory", used);
                await FaultRig.PassAsync(Lasting);
                await redis.ConfigSetAsync("maxmemory", "0");
                await redis.ConfigSetAsync("maxmemory-policy", "noeviction");
                break;
            case "replica of a dead primary":
                await RawRedis.SendAsync(redis.Port, "REPLICAOF", "127.0.0.1", $"{FreePort.Next()}");
                await FaultRig.PassAsync(Lasting);
                Assert.Contains("\"redis\":\"refusing\"", await rig.ReadinessAsync(), StringComparison.Ordinal);
                await RawRedis.SendAsync(redis.Port, "REPLICAOF", "NO", "ONE");
                break;
            case "flushed again and again":
                await AgainAndAgainAsync(() => RawRedis.SendAsync(redis.Port, "FLUSHALL"));
                break;
            case "password changed and changed back":
                await redis.ConfigSetAsync("requirepass", "another");
                await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal");
                await FaultRig.PassAsync(Lasting);
                Assert.Contains("Redis does not accept the user, password", await rig.ReadinessAsync(), StringComparison.Ordinal);
                await using (var knowing = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},password=another,allowAdmin=true"))
                    await knowing.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "");
                break;
            case "no rights (ACL)":
                await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-@all", "+acl");
                await FaultRig.PassAsync(Lasting);
                await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "+@all");
                break;
            case "garbage under all our keys":
                await AgainAndAgainAsync(() => SpoilAsync(admin));
                Assert.InRange(await rig.ErrorsAsync("garbage"), 10, double.MaxValue);
                break;
            case "clients killed again and again":
                await AgainAndAgainAsync(() => RawRedis.SendAsync(redis.Port, "CLIENT", "KILL", "TYPE", "normal"));
                break;
            default:
                Assert.Fail($"No such fault: {fault}");
                break;
        }
    }

    [Theory]
    [InlineData("slow: 200 ms later")]
    [InlineData("slow: 35 ms later")]
    [InlineData("black hole")]
    [InlineData("reset at connect")]
    public async Task WayToServer_InTrouble_CallersAreServed(string fault)
    {
        RedisProcess.RequireOrSkip();
        var rig = await rigs.LinkedAsync();
        await JudgeAsync(() => rig.RunAsync(fault, async () =>
        {
            if (fault == "slow: 200 ms later") rig.Link.Slow(TimeSpan.FromMilliseconds(200));
            else if (fault == "slow: 35 ms later") rig.Link.Slow(TimeSpan.FromMilliseconds(35));
            else if (fault == "black hole") rig.Link.Hold();
            else rig.Link.Cut();
            await FaultRig.PassAsync(Lasting);
            rig.Link.Restore();
        }));
    }

    [Fact]
    public async Task Server_DownAtStart_CallersAreServed()
    {
        RedisProcess.RequireOrSkip();
        await using var redis = await RedisProcess.StartAsync();
        await redis.KillAsync();
        await using var rig = await FaultRig.StartAsync(redis);
        await using var load = rig.Load();
        await FaultRig.PassAsync(Lasting);

        Judge(await rig.RunAsync("down at start", load, async () =>
        {
            await FaultRig.PassAsync(Lasting);
            await redis.RestartAsync();
        }));
    }

    [Fact]
    public async Task Primary_KilledAndReplicaPromoted_CallersAreServed()
    {
        RedisProcess.RequireOrSkip();
        await using var primary = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await using var rig = await FaultRig.StartAsync(primary, _ => $"{primary.ConnectionString},{replica.ConnectionString}");
        await rig.IsWellAsync();

        Judge(await rig.RunAsync("primary killed, replica promoted", async () =>
        {
            await primary.KillAsync();
            await FaultRig.PassAsync(Lasting);
            await RawRedis.SendAsync(replica.Port, "REPLICAOF", "NO", "ONE");
        }));
    }

    [Fact]
    public async Task Primary_KilledUnderASentinel_CallersAreServed()
    {
        RedisProcess.RequireOrSkip();
        await using var primary = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await using var sentinel = await RedisProcess.StartSentinelAsync("main", primary.Port);
        await using var rig = await FaultRig.StartAsync(primary, _ => $"{sentinel.ConnectionString},serviceName=main");
        await rig.IsWellAsync();

        Judge(await rig.RunAsync("primary killed under a sentinel", async () =>
        {
            await primary.KillAsync();
            await Eventually.TrueAsync(
                async () => await RawRedis.SendAsync(replica.Port, "SET", "probe", "1") == "+OK", TimeSpan.FromSeconds(30), "the sentinel has promoted the replica");
        }));
    }

    /// <summary>The masters that are not frozen answer all the while: it is one of them that callers would wait for again and again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task OneMasterOfThree_FrozenAndThawed_CallersAreServed(int master)
    {
        RedisProcess.RequireOrSkip();
        await using var cluster = await RedisCluster.StartAsync(fullCoverage: false);
        await using var rig = await FaultRig.StartAsync(cluster.Masters[master], _ => cluster.ConnectionString);
        await rig.IsWellAsync();

        Judge(await rig.RunAsync($"master {master + 1} of 3 frozen, thawed", async () =>
        {
            cluster.Masters[master].Freeze();
            await FaultRig.PassAsync(Lasting);
            cluster.Masters[master].Thaw();
        }));
    }

    /// <summary>Where the machine held up memory hits for longer than a fault may cost, the figures say little of the fault: it is made again.</summary>
    private async Task JudgeAsync(Func<Task<FaultFigures>> run)
    {
        var figures = await run();
        for (var more = 2; more > 0 && figures.AddedByMachine > Allowed; more--)
        {
            Assert.Empty(figures.Wrong);
            figures = await run();
        }

        Judge(figures);
    }

    private void Judge(FaultFigures figures)
    {
        table.Add(figures);
        Assert.Empty(figures.Wrong);
        Assert.InRange(figures.RedisAgain, 0, 5);
        Assert.InRange(figures.SessionsAgain, 0, 5);
        Assert.InRange(figures.LogLines, 0, 8);

        // Memory hits need no Redis: what slows them, the machine did, and it slows the others as well. On a calm one this is the strict figure.
        var machine = figures.AddedByMachine;
        foreach (var kind in (AskKind[])[AskKind.Redis, AskKind.Session, AskKind.Miss])
        {
            Assert.True(figures.Added(kind) <= Allowed + (2 * machine), $"{kind}: {FaultFigures.Heading}\n{figures}\n{figures.Slowed}");
            Assert.True(figures.Later(kind) <= figures.Usual(kind) + 10, $"{kind}: {FaultFigures.Heading}\n{figures}\n{figures.Slowed}");
        }
    }

    private static async Task AgainAndAgainAsync(Func<Task> act)
    {
        for (var begunAt = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begunAt) < Lasting;)
        {
            await act();
            await FaultRig.PassAsync(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Under each of our names in turn: random bytes, a list, another name's value, a cut value, nothing.</summary>
    private static async Task SpoilAsync(ConnectionMultiplexer admin)
    {
        var database = admin.GetDatabase();
        RedisKey? former = null;
        var turn = 0;
        foreach (var name in admin.GetServers()[0].Keys(pattern: "islgw:*", pageSize: 10_000))
        {
            switch (turn++ % 5)
            {
                case 0:
                    await database.StringSetAsync(name, RandomNumberGenerator.GetBytes(64), TimeSpan.FromMinutes(1));
                    break;
                case 1:
                    await database.KeyDeleteAsync(name);
                    await database.ListLeftPushAsync(name, "no string");
                    break;
                case 2 when former is { } other:
                    await database.ExecuteAsync("COPY", other, name, "REPLACE");
                    break;
                case 3 when await database.KeyTypeAsync(name) == RedisType.String && await database.StringLengthAsync(name) > 1:
                    await database.StringSetAsync(name, ((byte[]?)await database.StringGetAsync(name) ?? [])[..^1], TimeSpan.FromMinutes(1));
                    break;
                default:
                    break;
            }

            former = name;
        }
    }
}
