using System.Security.Cryptography;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Rollover;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Kept requests outlive a gateway only where nobody who reads Redis learns from it what was asked.</summary>
public sealed class KeptArchiveTests(RedisFixture redis)
{
    private const string Secret = "Cache:KeySecret=a-secret";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_WithASecret_BringsThemBack(bool isSealed)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [.. Settings(), Secret, .. isSealed ? [$"Cache:EncryptionKeys={Key}"] : Array.Empty<string>()];
        await AskAsync(isl, settings, 3);

        await using var after = await StartAsync(isl, settings);
        var kept = Of(after).Dearest(10);

        Assert.Equal([1, 2, 3], kept.Select(NumberOf).Order());
        Assert.All(kept, request => Assert.InRange(request.Count, 0.9, 2.1));
        foreach (var name in await NamesAsync(after, ":kept:"))
        {
            var text = Encoding.UTF8.GetString((byte[])(await after.Redis.StringGetAsync(name))!);
            Assert.Equal(!isSealed, text.Contains("treatment", StringComparison.Ordinal));
            Assert.NotNull(await after.Redis.KeyTimeToLiveAsync(name));
        }
    }

    [Fact]
    public async Task Restart_WithoutASecret_LeavesNothing()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var settings = Settings();
        await AskAsync(isl, settings, 3);

        await using var after = await StartAsync(isl, settings);

        Assert.Equal(0, Of(after).Count);
        Assert.Empty(await NamesAsync(after, ":kept"));
    }

    [Fact]
    public async Task Restart_AfterAPurge_BringsNothingPurgedBack()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [.. Settings(), Secret];
        await AskAsync(isl, settings, 3);
        await using (var other = await StartAsync(isl, [.. settings, "Cache:KeepRequests=0"]))
        {
            using var purged = await other.ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken);
            Assert.True(purged.IsSuccessStatusCode);
        }

        await using var after = await StartAsync(isl, settings);

        Assert.Equal(0, Of(after).Count);
    }

    [Fact]
    public async Task Restart_WhatStandsThereIsDamaged_GoesAndIsCounted()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [.. Settings(), Secret];
        await AskAsync(isl, settings, 2);
        await using (var other = await StartAsync(isl, [.. settings, "Cache:KeepRequests=0"]))
        {
            var name = (await NamesAsync(other, ":kept:"))[0];
            var bytes = (byte[])(await other.Redis.StringGetAsync(name))!;
            bytes[^30] ^= 1;
            await other.Redis.StringSetAsync(name, bytes, TimeSpan.FromHours(1));
        }

        await using var after = await StartAsync(isl, settings);

        Assert.Equal(1, Of(after).Count);
        var metrics = await Exposition.OfAsync(after);
        Assert.Equal(1, metrics.Sum("isl_gateway_cache_errors_total", "tier=\"redis\"", "reason=\"garbage\""));
    }

    /// <summary>ISL has been exchanged while no gateway was there to see it.</summary>
    [Fact]
    public async Task Restart_AndAnotherIsl_IsRolledOver()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [.. Settings(), Secret, "Rollover:Enabled=true", "Warming:CallsPerMinute=1000"];
        await AskAsync(isl, settings, 3);
        Assert.Equal(3, isl.State.Calls(Isl.Validate));
        isl.State.SetFingerprint("0123456789ab");

        await using var after = await StartAsync(isl, settings);
        var watch = after.Services.GetRequiredService<RolloverWatch>();
        await Eventually.TrueAsync(() => watch.Progress?.Outcome == RolloverOutcome.Complete, Soon, "the rollover is complete");

        Assert.Equal(3, watch.Progress!.Warmed);
        Assert.Equal(6, isl.State.Calls(Isl.Validate));
    }

    private static KeptRequests Of(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<KeptRequests>();

    private static int NumberOf(KeptRequest request) => Enumerable.Range(1, 10)
        .Single(number => WarmingList.Body(number) == Encoding.UTF8.GetString(request.Body.Span));

    private static async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await gateway.RedisIsUpAsync();
        await gateway.Services.GetRequiredService<KeptArchive>().Restored.WaitAsync(Soon, TestContext.Current.CancellationToken);
        return gateway;
    }

    /// <summary>Asks a gateway that is then stopped.</summary>
    private static async Task AskAsync(SimulatorHost isl, string[] settings, int count)
    {
        await using var gateway = await StartAsync(isl, settings);
        for (var i = 1; i <= count; i++) (await gateway.Client.PostAsync(Isl.Validate, WarmingList.Body(i))).Dispose();
        Assert.Equal(count, Of(gateway).Count);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(GatewayUnderTest gateway, string part)
    {
        var prefix = gateway.Services.GetRequiredService<IslGateway.Settings.SettingsMonitor>().Current.Cache.Prefix;
        var names = new List<string>();
        var server = gateway.Redis.Multiplexer.GetServers()[0];
        await foreach (var name in server.KeysAsync(pattern: $"{prefix}:v1{part}*")) names.Add(name.ToString());
        return names;
    }

    private string[] Settings() =>
        ["Cache:KeepRequests=1MiB", $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
}
