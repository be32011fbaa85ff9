using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static IslGateway.FunctionalTests.Infrastructure.SealedStage;

namespace IslGateway.FunctionalTests;

/// <summary>Keys come, change and go while gateways run; those that differ for a while neither err nor hinder each other.</summary>
public sealed class SealingRolloutTests(RedisFixture redis)
{
    private const string Setting = "Cache:EncryptionKeys";
    private const string Query = """{"user_id":"alice","context":{"domain":"pricing","variables":["revenue"]},"num_queries":3}""";
    private const string Update = """{"user_id":"alice","query_id":"q1","response":"A"}""";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Reasons = ["garbage", "altered", "unknown-key", "unsealed"];

    /// <summary>The new key is given to all as the last, then as the first, and then the old one is taken away.</summary>
    [Fact]
    public async Task Rotation_InThreeSteps_CostsNoHitAndNoError()
    {
        await using var stage = await StartAsync(redis);
        await using var first = await stage.GatewayAsync(1);
        var name = await stage.StoreAsync(first);
        var old = await first.Redis.StringGetAsync(name);
        await using var second = await stage.GatewayAsync(1, 2);
        Assert.EndsWith("detail=redis", await AskAsync(second), StringComparison.Ordinal);

        first.Reload(Setting, $"{KeyOf(1)},{KeyOf(2)}");
        second.Reload(Setting, $"{KeyOf(2)},{KeyOf(1)}");
        Assert.Equal(StoredAnew, await AskAsync(second, "Cache-Control: no-cache"));

        // Who knows the new key alone would take the old entry away, and with it what takes its place at that moment.
        await Eventually.TrueAsync(async () => await first.Redis.StringGetAsync(name) != old, Soon, "the new entry is in Redis");
        await using (var newOnly = await stage.GatewayAsync(2))
            Assert.EndsWith("detail=redis", await LookAsync(newOnly), StringComparison.Ordinal);
        await using (var both = await stage.GatewayAsync(1, 2))
            Assert.EndsWith("detail=redis", await AskAsync(both), StringComparison.Ordinal);

        first.Reload(Setting, KeyOf(2));
        Assert.EndsWith("detail=memory", await AskAsync(first), StringComparison.Ordinal);
        foreach (var gateway in (GatewayUnderTest[])[first, second])
            foreach (var reason in Reasons) Assert.Equal(0, await ErrorsAsync(gateway, reason));
    }

    /// <summary>A key that is replaced at once: what the others cannot open is a miss for them, and no more.</summary>
    [Fact]
    public async Task Keys_ThatHaveNothingInCommon_AreMissesAndCounted()
    {
        await using var stage = await StartAsync(redis);
        RedisKey name, epochs;
        await using (var first = await stage.GatewayAsync(1))
        {
            name = await stage.StoreAsync(first);
            epochs = first.Services.GetRequiredService<RedisNames>().Epochs;
        }

        // What was known of ISL's configuration is read by a gateway that is slow to hear of it from ISL: here, none is there to read.
        await stage.RemoveAsync(epochs);
        await using var second = await stage.GatewayAsync(2);

        Assert.Equal("GatewayTimeout", await LookAsync(second));
        Assert.Equal(1, await ErrorsAsync(second, "unknown-key"));
        await Eventually.TrueAsync(async () => !await second.Redis.KeyExistsAsync(name), Soon, "it is deleted");
        await stage.StoreAsync(second);

        await using var third = await stage.GatewayAsync(1);
        Assert.Equal(Stored, await AskAsync(third));
        Assert.EndsWith("detail=memory", await AskAsync(second), StringComparison.Ordinal);
        foreach (var gateway in (GatewayUnderTest[])[second, third]) Assert.Equal(0, await ErrorsAsync(gateway, "altered"));
    }

    [Fact]
    public async Task Keys_ComeByAReload_SealFromThenOnAndCannotBeTakenAway()
    {
        await using var stage = await StartAsync(redis);
        await using var gateway = await stage.GatewayAsync();
        gateway.Reload(Setting, KeyOf(1));
        await stage.StoreAsync(gateway);
        Assert.False(await stage.IsReadableAsync());

        gateway.Reload(Setting, "");
        Assert.Contains("isl_gateway_config_last_reload_successful 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.Equal(StoredAnew, await AskAsync(gateway, "Cache-Control: no-cache"));
        Assert.False(await stage.IsReadableAsync());
    }

    [Fact]
    public async Task Keys_NotOneOfThemIsOne_TheGatewayDoesNotStartAndDoesNotShowIt()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => GatewayUnderTest.StartAsync(new Uri("http://127.0.0.1:9"), $"{Setting}:0={KeyOf(1)}", $"{Setting}:1=hunter2"));

        Assert.Contains(Setting, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(KeyOf(1), failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>While keys are introduced: each kind of gateway has its own entries, and all that must reach everybody does.</summary>
    [Fact]
    public async Task WithAndWithoutKeys_BesideEachOther_LeaveEachOthersEntriesAlone()
    {
        await using var stage = await StartAsync(redis);
        await using var keyed = await stage.GatewayAsync(1);
        await using var plain = await stage.GatewayAsync();
        await stage.StoreAsync(keyed);
        await stage.StoreAsync(plain);
        Assert.Equal(2, stage.Entries().Count);

        for (var round = 0; round < 3; round++)
        {
            await using var anotherKeyed = await stage.GatewayAsync(1);
            await using var anotherPlain = await stage.GatewayAsync();
            Assert.EndsWith("detail=redis", await AskAsync(anotherKeyed), StringComparison.Ordinal);
            Assert.EndsWith("detail=redis", await AskAsync(anotherPlain), StringComparison.Ordinal);
            foreach (var reason in (string[])["garbage", "altered", "unknown-key"])
            {
                Assert.Equal(0, await ErrorsAsync(anotherKeyed, reason));
                Assert.Equal(0, await ErrorsAsync(anotherPlain, reason));
            }
        }

        Assert.Equal((2, 2), (stage.Calls, stage.Entries().Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithAndWithoutKeys_Purge_ReachesTheOther(bool fromKeyed)
    {
        await using var stage = await StartAsync(redis);
        await using var keyed = await stage.GatewayAsync(1);
        await using var plain = await stage.GatewayAsync();
        await stage.StoreAsync(keyed);
        await stage.StoreAsync(plain);
        var (here, there) = fromKeyed ? (keyed, plain) : (plain, keyed);

        using var purged = await here.ManagementClient.DeleteAsync(
            new Uri("/api/cache?all=true", UriKind.Relative), TestContext.Current.CancellationToken);
        purged.EnsureSuccessStatusCode();

        Assert.Equal("GatewayTimeout", await LookAsync(here));
        await Eventually.TrueAsync(async () => await LookAsync(there) == "GatewayTimeout", Soon, "the purge has reached the other");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithAndWithoutKeys_Refusal_ReachesTheOther(bool atKeyed)
    {
        await using var stage = await StartAsync(redis);
        await using var keyed = await stage.GatewayAsync(1);
        await using var plain = await stage.GatewayAsync();
        var (here, there) = atKeyed ? (keyed, plain) : (plain, keyed);

        // Only the other has a proof, here and in Redis.
        await stage.StoreAsync(there);
        Assert.Contains("hit", await AskAsync(there), StringComparison.Ordinal);
        stage.Isl.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using var refused = await here.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Alice);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);

        await Eventually.TrueAsync(async () => await AskAsync(there) == "Unauthorized", Soon, "the refusal has reached the other");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithAndWithoutKeys_Update_EndsTheHitsAtTheOther(bool atKeyed)
    {
        await using var stage = await StartAsync(redis);
        await using var keyed = await stage.GatewayAsync(1);
        await using var plain = await stage.GatewayAsync();
        var (here, there) = atKeyed ? (keyed, plain) : (plain, keyed);
        await Eventually.TrueAsync(
            async () => (await ElicitAsync(there)).EndsWith("detail=memory", StringComparison.Ordinal), Soon, "the answer is in memory");

        using var updated = await here.Client.PostAsync(Isl.Update, Update, Alice);
        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);

        // A machine that is busy may hold up a heartbeat: then they are not safe for a moment.
        var status = "";
        await Eventually.TrueAsync(
            async () => !(status = await ElicitAsync(there)).EndsWith("session-unsafe", StringComparison.Ordinal), Soon, "they are safe");
        Assert.Equal(Stored, status);
    }

    private static async Task<string> ElicitAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Elicit, Query, Alice);
        return answer.CacheStatus();
    }
}
