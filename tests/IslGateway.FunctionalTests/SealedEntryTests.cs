using IslGateway.Caching.Epochs;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static IslGateway.FunctionalTests.Infrastructure.SealedStage;

namespace IslGateway.FunctionalTests;

/// <summary>With <c>Cache:EncryptionKeys</c>, whoever can read or write Redis learns no answer and forges none.</summary>
public sealed class SealedEntryTests(RedisFixture redis)
{
    private const string Missing = "GatewayTimeout";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Entry_WithKeys_IsAHitElsewhereAndNothingOfItCanBeRead()
    {
        await using var stage = await StartAsync(redis);
        await using var first = await stage.GatewayAsync(1);
        await stage.StoreAsync(first);
        Assert.False(await stage.IsReadableAsync());

        await using var second = await stage.GatewayAsync(1);
        Assert.EndsWith("detail=redis", await AskAsync(second), StringComparison.Ordinal);
        Assert.Equal((1, 0), (stage.Calls, stage.Isl.Calls("/cache/stats")));

        // What this would find without keys.
        await using var plain = await stage.GatewayAsync();
        await stage.StoreAsync(plain);
        Assert.True(await stage.IsReadableAsync());
    }

    [Theory]
    [InlineData("magic", "unsealed")]
    [InlineData("version", "altered")]
    [InlineData("key id", "unknown-key")]
    [InlineData("time", "altered")]
    [InlineData("salt", "altered")]
    [InlineData("ciphertext", "altered")]
    [InlineData("tag", "altered")]
    [InlineData("cut", "altered")]
    [InlineData("empty", "unsealed")]
    [InlineData("moved", "altered")]
    [InlineData("in clear text", "unsealed")]
    [InlineData("another key", "unknown-key")]
    [InlineData("not a string", "garbage")]
    public async Task Entry_Forged_IsAMissDeletedAndCounted(string how, string reason)
    {
        await using var stage = await StartAsync(redis);
        await using var writer = await stage.GatewayAsync(1);
        var name = await stage.StoreAsync(writer);
        var value = (byte[])(await writer.Redis.StringGetAsync(name))!;
        await using var reader = await stage.GatewayAsync(1);
        var forged = await ForgeAsync(stage, writer, name, value, how);
        await writer.Redis.KeyDeleteAsync(name);
        if (forged is null) await writer.Redis.ListLeftPushAsync(name, "forged");
        else await writer.Redis.StringSetAsync(name, forged, TimeSpan.FromMinutes(30));

        Assert.Equal(Missing, await LookAsync(reader));

        Assert.Equal(1, await ErrorsAsync(reader, reason));
        await Eventually.TrueAsync(async () => !await reader.Redis.KeyExistsAsync(name), Soon, "it is deleted");
        Assert.Equal(Stored, await AskAsync(reader));
        await Eventually.TrueAsync(async () => await reader.Redis.KeyExistsAsync(name), Soon, "a sealed one is in its place");
        await using var third = await stage.GatewayAsync(1);
        Assert.EndsWith("detail=redis", await AskAsync(third), StringComparison.Ordinal);
    }

    /// <summary>Redis says how much is left of a life; whoever writes to it can say anything.</summary>
    [Fact]
    public async Task Entry_ItsLifeProlonged_IsAsOldAsItsSealSays()
    {
        await using var stage = await StartAsync(redis);
        await using var writer = await stage.GatewayAsync(1);
        var name = await stage.StoreAsync(writer);
        var life = await writer.Redis.KeyTimeToLiveAsync(name);
        await using var later = await stage.GatewayAsync(1);
        later.Time.SetClock(TimeSpan.FromMinutes(50));
        Assert.Matches(@"hit; ttl=(\d|[1-9]\d{1,2}); detail=redis$", await AskAsync(later));

        await using var muchLater = await stage.GatewayAsync(1);
        muchLater.Time.SetClock(TimeSpan.FromHours(2));
        await writer.Redis.KeyExpireAsync(name, life);
        Assert.Equal(Missing, await LookAsync(muchLater));
        Assert.Equal(Stored, await AskAsync(muchLater));
        Assert.Equal(2, stage.Calls);
    }

    /// <summary>Clocks are seldom quite equal: that must cost no hit.</summary>
    [Theory]
    [InlineData(45)]
    [InlineData(-3600)]
    public async Task Entry_ClocksThatDiffer_AreNoAge(int seconds)
    {
        await using var stage = await StartAsync(redis);
        await using var writer = await stage.GatewayAsync(1);
        await stage.StoreAsync(writer);
        await using var reader = await stage.GatewayAsync(1);
        reader.Time.SetClock(TimeSpan.FromSeconds(seconds));

        Assert.Matches(@"hit; ttl=3\d{3}; detail=redis$", await AskAsync(reader));
    }

    [Theory]
    [InlineData("in clear text", "unsealed")]
    [InlineData("another's", "altered")]
    [InlineData("another key", "unknown-key")]
    public async Task Proof_Forged_GivesNobodyAHit(string how, string reason)
    {
        await using var stage = await StartAsync(redis);
        await using var writer = await stage.GatewayAsync(1);
        await stage.StoreAsync(writer);
        using (var bob = await writer.Client.PostAsync(Isl.Validate, Body, "X-API-Key: bob-key")) { }
        await Eventually.TrueAsync(() => writer.Redis.KeyExistsAsync(writer.ProofOf("bob-key")), Soon, "bob's proof is there");
        stage.Isl.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        var name = writer.ProofOf("alice-key");
        var proof = (byte[])(await writer.Redis.StringGetAsync(name))!;
        SignedRecord.Verify(keys: null, name, proof, default, out var record, out _);
        var forged = how switch
        {
            "in clear text" => record.ToArray(),
            "another's" => (byte[])(await writer.Redis.StringGetAsync(writer.ProofOf("bob-key")))!,
            _ => SignedRecord.Sign(RingOf(2).Newest, name, TimeProvider.System.GetUtcNow(), record),
        };
        await using var control = await stage.GatewayAsync(1);
        Assert.EndsWith("detail=redis", await AskAsync(control), StringComparison.Ordinal);

        await writer.Redis.StringSetAsync(name, forged, TimeSpan.FromMinutes(59));
        await using var reader = await stage.GatewayAsync(1);

        Assert.Equal("Unauthorized", await AskAsync(reader));
        Assert.NotEqual(0, await ErrorsAsync(reader, reason));
    }

    [Fact]
    public async Task Proof_ItsLifeProlonged_IsAsOldAsItsSignatureSays()
    {
        await using var stage = await StartAsync(redis);
        await using var writer = await stage.GatewayAsync(1);
        await stage.StoreAsync(writer);
        stage.Isl.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        await using var reader = await stage.GatewayAsync(1);
        reader.Time.SetClock(TimeSpan.FromMinutes(10));
        await writer.Redis.KeyExpireAsync(writer.ProofOf("alice-key"), TimeSpan.FromHours(1));

        Assert.Equal("Unauthorized", await AskAsync(reader));
    }

    /// <summary>
    /// Else whoever wants answers of an older configuration to stand in for an ISL that is away would only have to name it.
    /// </summary>
    [Fact]
    public async Task Epochs_Forged_AreNotBelieved()
    {
        await using var stage = await StartAsync(redis);
        byte[] signed;
        string name;
        await using (var writer = await stage.GatewayAsync(1))
        {
            await stage.StoreAsync(writer);
            await writer.SharesEpochsAsync();
            name = writer.Services.GetRequiredService<RedisNames>().Epochs;
            signed = (byte[])(await writer.Redis.StringGetAsync(name))!;
        }

        await stage.Host.StopAsync();
        await using var reader = await stage.GatewayAsync(1);
        SignedRecord.Verify(keys: null, name, signed, default, out var record, out _);
        await reader.Redis.StringSetAsync(name, record.ToArray(), TimeSpan.FromHours(1));
        await using var deceived = await stage.GatewayAsync(1);
        await Eventually.TrueAsync(async () => await ErrorsAsync(deceived, "unsealed") > 0, Soon, "it was read");
        Assert.Empty(DigestsAt(deceived));

        await reader.Redis.StringSetAsync(name, signed, TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => DigestsAt(deceived).Count > 0, Soon, "the true one was read");
        Assert.Matches("detail=stale$", await AskAsync(deceived));
    }

    private static IReadOnlyList<Digest> DigestsAt(GatewayUnderTest gateway) =>
        gateway.Services.GetRequiredService<LastEpochs>().Find(gateway.Services.GetRequiredService<SettingsMonitor>().Current).Digests;

    private static SealingKeyRing RingOf(int number) => new([Convert.FromBase64String(KeyOf(number))]);

    /// <returns>What to put in the entry's place; null: a value of another type.</returns>
    private static async Task<byte[]?> ForgeAsync(SealedStage stage, GatewayUnderTest writer, RedisKey name, byte[] value, string how)
    {
        switch (how)
        {
            case "cut": return value[..^1];
            case "empty": return [];
            case "not a string": return null;
            case "moved":
                // Another question's answer, sealed by the gateway itself.
                var before = stage.Entries();
                using (var other = await writer.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Alice)) { }
                await Eventually.TrueAsync(() => stage.Entries().Count > before.Count, Soon, "the other entry is in Redis");
                return (byte[])(await writer.Redis.StringGetAsync(stage.Entries().Except(before).Single()))!;
            case "in clear text":
                // The whole envelope of this very question, as a gateway without keys leaves it.
                await using (var plain = await stage.GatewayAsync())
                    return (byte[])(await plain.Redis.StringGetAsync(await stage.StoreAsync(plain)))!;
            case "another key":
                var own = value[..];
                SealedValue.Open(RingOf(1), name!, own, default, out _, out _);
                SealedValue.Seal(RingOf(2).Newest, name!, TimeProvider.System.GetUtcNow(), own);
                return own;
            default:
                var at = how switch
                {
                    "magic" => 0,
                    "version" => 4,
                    "key id" => 5,
                    "time" => 13,
                    "salt" => 21,
                    "tag" => value.Length - 1,
                    _ => SealedValue.HeadSize + 40,
                };
                var flipped = value[..];
                flipped[at] ^= 0x10;
                return flipped;
        }
    }
}
