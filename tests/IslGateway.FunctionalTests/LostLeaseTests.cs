using System.Net;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using IslSimulator.Knobs;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>Whoever has lost its lease while ISL computed does not write: another may have gone on in its place.</summary>
public sealed class LostLeaseTests(RedisFixture redis)
{
    /// <summary>Kept with an answer.</summary>
    private const string Turn = "Content-Language";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Holder_StoppedInMidFill_DoesNotWriteOverTheNewerAnswer()
    {
        RedisProcess.RequireOrSkip();
        await using var own = await RedisProcess.StartAsync();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings =
        [
            "--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", $"--ConnectionStrings:Redis={own.ConnectionString}",
            "--Cache:LookupBudget=500ms",
        ];
        await using var holder = GatewayProcess.Start(settings);
        await using var other = GatewayProcess.Start(settings);
        await holder.RedisIsUpAsync();
        await other.RedisIsUpAsync();
        using var first = new HttpClient { BaseAddress = holder.Address };
        using var second = new HttpClient { BaseAddress = other.Address };
        await using var news = await EndedLeases.ListenAsync(own.ConnectionString, "islgw");

        isl.State.Update(knobs => knobs with { ResponseHeaders = Named("older"), Hang = new HangKnob(Isl.Validate) });
        var asking = first.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => isl.State.Calls(Isl.Validate) == 1, Soon, "the holder asks ISL");
        holder.Send(UnixSignal.Stop);
        isl.State.Update(knobs => knobs with { ResponseHeaders = Named("newer"), Hang = null });
        using (var newer = await second.PostAsync(Isl.Validate, Isl.ValidateBody)) Assert.Equal("newer", TurnOf(newer));
        await news.HeardAsync(1);

        holder.Send(UnixSignal.Continue);
        using (var older = await asking) Assert.Equal("older", TurnOf(older));
        await news.HeardAsync(2);

        await using var third = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={own.ConnectionString}");
        foreach (var client in (HttpClient[])[third.Client, first, second])
        {
            using var hit = await client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Contains("; hit;", hit.CacheStatus(), StringComparison.Ordinal);
            Assert.Equal("newer", TurnOf(hit));
        }
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("another's")]
    public async Task Lease_LostInMidFill_NothingIsWrittenAndMemoryServes(string lost)
    {
        await using var group = await GatewayGroup.StartAsync(1, redis.ConnectionString, redis.NewPrefix());
        var asking = await group.HoldAsync();
        var (lease, database) = (await group.LeaseAsync(), group.Gateways[0].Redis);
        await using var news = await EndedLeases.ListenAsync(redis.ConnectionString, group.Prefix);

        if (lost == "gone") await database.KeyDeleteAsync(lease);
        else await database.StringSetAsync(lease, LeaseRecord.Held(lease!, Digest.Random()), TimeSpan.FromMinutes(1));
        group.Sim.ReleaseHang();
        using (var answer = await asking[0]) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await news.HeardAsync(1);

        Assert.Equal(0, await EntriesAsync(group));
        using var again = await group.AskAsync(0);
        Assert.EndsWith("detail=memory", again.CacheStatus(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lease_GivenUpForItsEpoch_TheAnswerIsAddedWhereNoneIs()
    {
        await using var group = await GatewayGroup.StartAsync(2, redis.ConnectionString, redis.NewPrefix(), null, "Isl:HealthTimeout=1s");
        await using var news = await EndedLeases.ListenAsync(redis.ConnectionString, group.Prefix);
        group.Sim.HealthDelay = TimeSpan.FromMinutes(1);
        using (await group.AskAsync(0)) await news.HeardAsync(1);
        Assert.Equal(0, await EntriesAsync(group));

        group.Sim.HealthDelay = TimeSpan.Zero;

        await Eventually.TrueAsync(async () => await EntriesAsync(group) == 1, Soon, "the answer is in Redis");
        using var other = await group.AskAsync(1);
        Assert.EndsWith("detail=redis", other.CacheStatus(), StringComparison.Ordinal);
    }

    private static async Task<int> EntriesAsync(GatewayGroup group)
    {
        const string Count = "return #redis.call('KEYS', ARGV[1])";
        return (int)await group.Gateways[0].Redis.ScriptEvaluateAsync(Count, [], [$"{group.Prefix}:v1:CausalValidate:*"]);
    }

    private static Dictionary<string, string> Named(string turn) => new() { [Turn] = turn };

    private static string TurnOf(HttpResponseMessage answer) => answer.Content.Headers.ContentLanguage.Single();

    /// <summary>Counts what gateways say of leases that have ended, which is the last that a fill does.</summary>
    private sealed class EndedLeases(ConnectionMultiplexer connection) : IAsyncDisposable
    {
        private int _heard;

        public static async Task<EndedLeases> ListenAsync(string connectionString, string prefix)
        {
            var news = new EndedLeases(await PatientRedis.ConnectAsync(connectionString));
            await news.Connection.GetSubscriber().SubscribeAsync(RedisChannel.Pattern($"{prefix}:v1:leases:*"), (_, message) =>
            {
                // Shorter ones only try the channel.
                if (((byte[]?)message)?.Length == Digest.Size) Interlocked.Increment(ref news._heard);
            });
            return news;
        }

        private ConnectionMultiplexer Connection { get; } = connection;

        public Task HeardAsync(int times) =>
            Eventually.TrueAsync(() => Volatile.Read(ref _heard) >= times, Soon, $"{times} leases have ended");

        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}
