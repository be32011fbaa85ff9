using System.Diagnostics;
using System.Security.Cryptography;
using IslGateway.FunctionalTests.Infrastructure;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>What can befall a Redis server, by name: each is made, lasts, and is mended again.</summary>
internal static class ServerFaults
{
    private static readonly Dictionary<string, Func<FaultRig, ConnectionMultiplexer, TimeSpan, Task>> ByName = new()
    {
        ["killed, back empty"] = async (rig, _, lasting) =>
        {
            await rig.Redis.KillAsync();
            await FaultRig.PassAsync(lasting);
            await rig.Redis.RestartAsync();
        },
        ["restarted empty at once"] = (rig, _, _) => rig.Redis.RestartAsync(),
        ["frozen, thawed"] = async (rig, _, lasting) =>
        {
            rig.Redis.Freeze();
            await FaultRig.PassAsync(lasting);
            rig.Redis.Thaw();
        },
        ["full (noeviction)"] = async (rig, _, lasting) =>
        {
            await rig.Redis.ConfigSetAsync("maxmemory", "1");
            await FaultRig.PassAsync(lasting);
            await rig.ReadinessSaysAsync("\"redis\":\"refusing\"");
            await rig.ErrorsReachAsync("refused", 1);
            await rig.Redis.ConfigSetAsync("maxmemory", "0");
        },
        ["evicting (allkeys-lru)"] = async (rig, admin, lasting) =>
        {
            var used = (await admin.GetServers()[0].InfoAsync("memory")).SelectMany(section => section)
                .First(line => line.Key == "used_memory").Value;
            await rig.Redis.ConfigSetAsync("maxmemory-policy", "allkeys-lru");
            await rig.Redis.ConfigSetAsync("maxmemory", used);
            await FaultRig.PassAsync(lasting);
            await rig.Redis.ConfigSetAsync("maxmemory", "0");
            await rig.Redis.ConfigSetAsync("maxmemory-policy", "noeviction");
        },
        ["replica of a dead primary"] = async (rig, _, lasting) =>
        {
            await RawRedis.SendAsync(rig.Redis.Port, "REPLICAOF", "127.0.0.1", $"{FreePort.Next()}");
            await FaultRig.PassAsync(lasting);
            await rig.ReadinessSaysAsync("\"redis\":\"refusing\"");
            await RawRedis.SendAsync(rig.Redis.Port, "REPLICAOF", "NO", "ONE");
        },
        ["flushed again and again"] = (rig, _, lasting) =>
            AgainAndAgainAsync(() => RawRedis.SendAsync(rig.Redis.Port, "FLUSHALL"), lasting),
        ["password changed and changed back"] = async (rig, admin, lasting) =>
        {
            await rig.Redis.ConfigSetAsync("requirepass", "another");
            await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal");
            await FaultRig.PassAsync(lasting);
            await rig.ReadinessSaysAsync("Redis does not accept the user, password");
            await using var knowing = await PatientRedis.ConnectAsync(
                $"{rig.Redis.ConnectionString},password=another,allowAdmin=true");
            await knowing.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "");
        },
        ["no rights (ACL)"] = async (_, admin, lasting) =>
        {
            await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-@all", "+acl");
            await FaultRig.PassAsync(lasting);
            await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "+@all");
        },
        ["garbage under all our keys"] = async (rig, admin, lasting) =>
        {
            await AgainAndAgainAsync(() => SpoilAsync(admin), lasting);
            await rig.ErrorsReachAsync("garbage", 10, meanwhile: () => SpoilAsync(admin));
        },
        ["clients killed again and again"] = (rig, _, lasting) =>
            AgainAndAgainAsync(() => RawRedis.SendAsync(rig.Redis.Port, "CLIENT", "KILL", "TYPE", "normal"), lasting),
    };

    public static IEnumerable<string> Names => ByName.Keys;

    public static Task MakeAsync(string fault, FaultRig rig, ConnectionMultiplexer admin, TimeSpan lasting) =>
        ByName[fault](rig, admin, lasting);

    private static async Task AgainAndAgainAsync(Func<Task> act, TimeSpan lasting)
    {
        for (var begunAt = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begunAt) < lasting;)
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
                    // In one step: the gateways go on writing.
                    var both = database.CreateTransaction();
                    _ = both.KeyDeleteAsync(name);
                    _ = both.ListLeftPushAsync(name, "no string");
                    await both.ExecuteAsync();
                    break;
                case 2 when former is { } other:
                    await database.ExecuteAsync("COPY", other, name, "REPLACE");
                    break;
                case 3 when await ValueOfAsync(database, name) is { Length: > 1 } value:
                    await database.StringSetAsync(name, value[..^1], TimeSpan.FromMinutes(1));
                    break;
                default:
                    break;
            }

            former = name;
        }
    }

    /// <summary>Null for what is no string: the gateways go on writing and deleting meanwhile.</summary>
    private static async Task<byte[]?> ValueOfAsync(IDatabase database, RedisKey name)
    {
        try
        {
            return (byte[]?)await database.StringGetAsync(name);
        }
        catch (RedisServerException)
        {
            return null;
        }
    }
}
