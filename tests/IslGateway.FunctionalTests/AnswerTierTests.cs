using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Upstream;
using IslSimulator;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>How an answer moves between memory and Redis.</summary>
public sealed class AnswerTierTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Keep_MoreBytesThanMayAwaitConfirmation_KeepsNoMoreUntilSomeAreConfirmed()
    {
        await using var rig = await Rig.StartAsync("Cache:Memory:SizeLimit=64KiB", "Cache:MaxEntrySize=16KiB");
        await rig.KnowsEpochAsync();
        rig.Sim.Hang("/health");

        Assert.True(Keep(rig.Gateway, Key(1), AnswerOf(7_000)));
        Assert.True(Keep(rig.Gateway, Key(2), AnswerOf(7_000)));
        Assert.False(Keep(rig.Gateway, Key(3), AnswerOf(7_000)));
        Assert.False(rig.Memory.TryGet(Key(3), out _));

        rig.Sim.ReleaseHang();
        await Eventually.TrueAsync(
            () => Keep(rig.Gateway, Key(3), AnswerOf(7_000)), Soon, "there is room once the first ones are confirmed");
        Assert.True(rig.Memory.TryGet(Key(3), out _));
    }

    [Fact]
    public async Task Keep_GoneFromMemoryBeforeItWasConfirmed_IsNotWrittenToRedis()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl);
        isl.State.Hang("/health");
        var (gone, stays) = (AnswerOf(10), AnswerOf(10));
        Assert.True(Keep(gateway, Key(1), gone));
        Assert.True(Keep(gateway, Key(2), stays));
        Assert.True(gateway.Services.GetRequiredService<MemoryStore>().Remove(Key(1), gone));

        isl.State.ReleaseHang();
        await Eventually.TrueAsync(() => Exists(gateway, Key(2)), Soon, "the second is written");
        Assert.True(Keep(gateway, Key(3), AnswerOf(10)));
        await Eventually.TrueAsync(() => Exists(gateway, Key(3)), Soon, "one that was kept later is written");

        Assert.False(await Exists(gateway, Key(1)));
    }

    /// <summary>Memory has room for one of the two at a time, and for neither of the large one.</summary>
    [Fact]
    public async Task Keep_NoRoomInMemory_IsWrittenToRedisAllTheSame()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl, "Cache:Memory:SizeLimit=4KiB", "Cache:MaxEntrySize=4KiB");
        foreach (var (key, size) in ((int, int)[])[(1, 2_000), (2, 2_000), (3, 5_000)])
        {
            await Eventually.TrueAsync(() => Keep(gateway, Key(key), AnswerOf(size)), Soon, "what was kept before is confirmed");
            await Eventually.TrueAsync(() => Exists(gateway, Key(key)), Soon, $"{key} is written");
        }

        var memory = gateway.Services.GetRequiredService<MemoryStore>();
        Assert.Equal([false, true, false], ((int[])[1, 2, 3]).Select(key => memory.TryPeek(Key(key), out _)));
    }

    [Fact]
    public async Task Lookup_RedisHasAnOlderCopy_LeavesTheNewerInMemory()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl);
        var (memory, store) = (gateway.Services.GetRequiredService<MemoryStore>(), gateway.Services.GetRequiredService<RedisStore>());
        var (ticket, key) = TicketOf(gateway);
        var newer = AnswerOf(10).Dated(SecondsAgo(gateway, 10), new Lifetime(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));
        await store.SetAsync(
            ticket.Row, key, AnswerOf(20).Dated(SecondsAgo(gateway, 20), new Lifetime(TimeSpan.FromHours(1), TimeSpan.Zero)), default,
            Token);
        memory.Set(key, newer, ticket.Row);

        var hit = await gateway.Services.GetRequiredService<AnswerLookup>().FindAsync(ticket, patience: null, Token);

        Assert.Equal((false, 10), (hit?.IsFresh, hit?.Answer.Body.Length));
        Assert.True(memory.TryGet(key, out var kept));
        Assert.Same(newer, kept);
    }

    [Fact]
    public async Task Lookup_RedisHasANewerCopy_TakesItIntoMemory()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl);
        var (memory, store) = (gateway.Services.GetRequiredService<MemoryStore>(), gateway.Services.GetRequiredService<RedisStore>());
        var (ticket, key) = TicketOf(gateway);
        await store.SetAsync(
            ticket.Row, key, AnswerOf(20).Dated(SecondsAgo(gateway, 5), new Lifetime(TimeSpan.FromHours(1), TimeSpan.Zero)), default,
            Token);
        memory.Set(
            key, AnswerOf(10).Dated(SecondsAgo(gateway, 10), new Lifetime(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))), ticket.Row);

        var hit = await gateway.Services.GetRequiredService<AnswerLookup>().FindAsync(ticket, patience: null, Token);

        Assert.Equal(20, hit?.Answer.Body.Length);
        Assert.True(memory.TryGet(key, out var kept));
        Assert.Equal(20, kept.Body.Length);
    }

    [Fact]
    public async Task Lookup_MoreLifeLeftThanItEverHad_IsAMiss()
    {
        // Redis's clock was put back, or somebody has prolonged the key: nobody can tell how old it is.
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl);
        var (ticket, key) = TicketOf(gateway);
        var lookup = gateway.Services.GetRequiredService<AnswerLookup>();
        var answer = AnswerOf(10);
        foreach (var life in (TimeSpan?[])[answer.KeepFor * 2, null])
        {
            await gateway.Redis.StringSetAsync(
                NameOf(gateway, key), AnswerEnvelope.Encode(key, answer), life is { } given ? new Expiration(given) : default);
            Assert.Null(await lookup.FindAsync(ticket, patience: null, Token));
        }

        await gateway.Redis.StringSetAsync(NameOf(gateway, key), AnswerEnvelope.Encode(key, answer), answer.KeepFor);
        Assert.NotNull(await lookup.FindAsync(ticket, patience: null, Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Digest Key(int number) => Digest.Of(BitConverter.GetBytes(number));

    private static StoredAnswer AnswerOf(int size) => new()
    {
        StatusCode = 200,
        Headers = [new("content-type", "application/json")],
        Body = new byte[size],
        IdGaps = [],
        CompletedAt = TimeProvider.System.GetTimestamp(),
        Lifetime = new Lifetime(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(9)),
    };

    private static long SecondsAgo(GatewayUnderTest gateway, int seconds) =>
        gateway.Time.GetTimestamp() - (seconds * gateway.Time.TimestampFrequency);

    private async Task<GatewayUnderTest> UpAsync(SimulatorHost isl, params string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", .. settings]);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static EndpointRow RowOf(GatewayUnderTest gateway) =>
        gateway.Services.GetRequiredService<EndpointTable>().Rows.Single(row => row.Name == "CausalValidate");

    private static bool Keep(GatewayUnderTest gateway, Digest key, StoredAnswer answer) =>
        Kept(gateway, key, answer) == Reason.None;

    private static Reason Kept(GatewayUnderTest gateway, Digest key, StoredAnswer answer)
    {
        var replica = Assert.Single(gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        return gateway.Services.GetRequiredService<ConfirmedWriter>()
            .Keep(RowOf(gateway), key, answer, replica, replica.Epoch!, lease: null);
    }

    private static RedisKey NameOf(GatewayUnderTest gateway, Digest key) =>
        gateway.Services.GetRequiredService<RedisNames>().Entry(RowOf(gateway), key);

    private static Task<bool> Exists(GatewayUnderTest gateway, Digest key) => gateway.Redis.KeyExistsAsync(NameOf(gateway, key));

    private static (CacheTicket Ticket, Digest Key) TicketOf(GatewayUnderTest gateway)
    {
        var (row, credential) = (RowOf(gateway), new Credential(Key(1)));
        var request = new DefaultHttpContext().Request;
        request.Method = "POST";
        var keys = new RequestKeys(
            gateway.Services.GetRequiredService<KeyComposer>(), request, row, Isl.Validate, Key(2), credential, session: null,
            new PurgeTokens(Key(3), Key(4)));
        var epochs = gateway.Services.GetRequiredService<ReplicaRegistry>().LookupDigests();
        var ticket = new CacheTicket
        {
            Row = row,
            Credential = credential,
            Directives = default,
            Deadline = TimeSpan.FromMinutes(1),
            Keys = keys,
            Spelling = default,
            PurgeTokens = new PurgeTokens(Key(3), Key(4)),
            Epochs = epochs,
            IsCurrent = () => ValueTask.FromResult(true),
        };
        return (ticket, keys.Under(Assert.Single(epochs)));
    }
}
