using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>An answer belongs to the configuration that computed it, and is never given under another.</summary>
public sealed class EpochTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Hit = "detail=memory";
    private const string Dominance = "/api/v1/analysis/dominance";
    private const string OptionsBody = """{"options":[{"id":"a"},{"id":"b"}],"criteria":["x"]}""";

    [Theory]
    [InlineData("fingerprint")]
    [InlineData("version")]
    [InlineData("build")]
    public async Task Health_NamesAnother_OldEntriesAreUnreachableUntilItGoesBack(string what)
    {
        await using var rig = await Rig.StartAsync();
        var before = rig.Sim.Knobs;
        var (status, old) = await AskAsync(rig);
        Assert.Equal(Stored, status);
        await rig.IsPolledAsync();

        Turn(rig.Sim, what);
        await rig.KnowsEpochAsync();
        (status, var fresh) = await AskAsync(rig);
        Assert.Equal(Stored, status);
        Assert.NotEqual(old, fresh);
        await rig.IsPolledAsync();

        rig.Sim.Update(_ => before);
        await rig.KnowsEpochAsync();
        (status, var back) = await AskAsync(rig);
        Assert.EndsWith(Hit, status, StringComparison.Ordinal);
        Assert.Equal(old, back);

        Turn(rig.Sim, what);
        await rig.KnowsEpochAsync();
        (status, back) = await AskAsync(rig);
        Assert.EndsWith(Hit, status, StringComparison.Ordinal);
        Assert.Equal(fresh, back);
        Assert.Equal(2, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task Generation_ChangesWhileACallIsUnderWay_ItsAnswerIsOfTheOneBefore()
    {
        await using var rig = await Rig.StartAsync("Cache:Generation=before");
        rig.Sim.Hang(Isl.Counterfactual);
        var asking = AskAsync(rig);
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        rig.Gateway.Reload("Cache:Generation", "after");
        rig.Sim.ReleaseHang();

        Assert.Equal(Stored, (await asking).Status);
        Assert.Equal(Stored, (await AskAsync(rig)).Status);
        rig.Gateway.Reload("Cache:Generation", "before");
        Assert.EndsWith(Hit, (await AskAsync(rig)).Status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HttpVersion_ChangedInARunningGateway_PollsGoOnAsBefore()
    {
        await using var rig = await Rig.StartAsync();
        rig.Gateway.Reload("Isl:HttpVersion", "2");
        await rig.IsPolledAsync();
        await rig.IsPolledAsync();
    }

    [Fact]
    public async Task Health_GoesBackAndForth_NothingMoreIsStored()
    {
        await using var rig = await Rig.StartAsync();
        foreach (var build in (string[])["sim-0002", "sim-0001"])
        {
            rig.Sim.Build = build;
            await rig.KnowsEpochAsync();
        }

        for (var i = 0; i < 2; i++)
            Assert.Equal("IslGateway; fwd=miss; detail=alternating-epoch", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        Assert.Equal(0, rig.Memory.Entries);
    }

    [Fact]
    public async Task Answer_WithoutFingerprintWhereRequired_IsNotStored()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with { OmitFingerprintInBody = true });

        for (var i = 0; i < 2; i++)
            Assert.Equal("IslGateway; fwd=miss; detail=no-fingerprint", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        Assert.Equal((2, 0), (rig.Sim.Calls(Isl.Validate), rig.Memory.Entries));
    }

    [Fact]
    public async Task Answer_WithoutFingerprintWhereNotRequired_IsStored()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with { OmitBuildHeader = true });

        Assert.Equal(Stored, await rig.StatusOfAsync(Dominance, OptionsBody));
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Dominance, OptionsBody), StringComparison.Ordinal);

        Turn(rig.Sim, "fingerprint");
        await rig.KnowsEpochAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Dominance, OptionsBody));
    }

    [Fact]
    public async Task Answer_NamesAnotherBuildThanHealth_IsNotStoredUntilTheyAgree()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with
        {
            ResponseHeaders = new Dictionary<string, string> { ["x-olumi-service-build"] = "sim-elsewhere" },
        });

        Assert.Equal("IslGateway; fwd=miss; detail=foreign-epoch", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(0, rig.Memory.Entries);
        rig.Sim.Update(knobs => knobs with { ResponseHeaders = new Dictionary<string, string>() });

        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task Answer_NamesAnotherFingerprintThanHealth_IsNotStoredUntilTheyAgree()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with
        {
            RawBodies = [new RawBodyKnob(Isl.Validate, """{"status":"identifiable","_metadata":{"config_fingerprint":"feedfacecafe"}}""")],
        });

        Assert.Equal("IslGateway; fwd=miss; detail=foreign-epoch", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(0, rig.Memory.Entries);
        rig.Sim.Update(knobs => knobs with { RawBodies = [] });

        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task Answer_NamesANewBuild_IslIsPolledAtOnce()
    {
        await using var rig = await Rig.StartAsync("Isl:HealthInterval=1h", "Isl:EpochMaxAge=2h");
        Turn(rig.Sim, "build");

        Assert.Equal("IslGateway; fwd=miss; detail=foreign-epoch", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        await rig.KnowsEpochAsync();
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task Answer_BegunBeforeAChange_IsNotStoredAndIslIsPolledAtOnce()
    {
        await using var rig = await Rig.StartAsync("Isl:HealthInterval=1h", "Isl:EpochMaxAge=2h");
        rig.Sim.Hang(Isl.Validate);
        var late = rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        await rig.CallsReachAsync(Isl.Validate, 1);
        Turn(rig.Sim, "build");
        await rig.BecomesAsync("stored", Isl.Counterfactual, Isl.CounterfactualBody);

        // At the start, upon the contradiction, and to confirm what was stored: after these nobody polls for an hour.
        await rig.CallsReachAsync("/health", 3);
        await rig.KnowsEpochAsync();
        rig.Sim.ReleaseHang();

        Assert.Equal("IslGateway; fwd=miss; detail=foreign-epoch", await late);
        await rig.BecomesAsync(Hit, Isl.Counterfactual, Isl.CounterfactualBody);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task Health_UnreachableForTooLong_LookupsBypassUntilItIsBack()
    {
        await using var rig = await Rig.StartAsync("Isl:EpochMaxAge=1s", "Isl:HealthTimeout=300ms", "Isl:HealthInterval=100ms");
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
        await rig.IsPolledAsync();

        rig.Sim.Hang("/health");
        await rig.BecomesAsync("IslGateway; fwd=bypass; detail=unknown-epoch", Isl.Validate, Isl.ValidateBody);

        rig.Sim.ReleaseHang();
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
    }

    public static TheoryData<string, RawBodyKnob> OddHealth() => new()
    {
        { "fingerprint is a number", new RawBodyKnob("/health", """{"config_fingerprint":12,"version":"1.0.0","build":"sim-0001"}""") },
        { "fingerprint is an array",
            new RawBodyKnob("/health", """{"config_fingerprint":["cb0a8a533671"],"version":"1.0.0","build":"sim-0001"}""") },
        { "an array", new RawBodyKnob("/health", "[]") },
        { "not JSON", new RawBodyKnob("/health", "<html>", "text/html") },
        { "lone surrogate", new RawBodyKnob("/health", "{\"config_fingerprint\":\"\\ud800\"}") },
        { "500", new RawBodyKnob("/health", "{\"version\":\"9\"}", Status: 500) },
        { "redirect", new RawBodyKnob("/health", "", "text/plain", 307) },
        { "huge", new RawBodyKnob("/health", $$"""{"version":"9","padding":"{{new string('x', 1_000_000)}}"}""") },
    };

    [Theory]
    [MemberData(nameof(OddHealth))]
    public async Task Health_Odd_OnlyAgesTheEpoch(string what, RawBodyKnob odd)
    {
        await using var rig = await Rig.StartAsync("Isl:EpochMaxAge=1s", "Isl:HealthInterval=100ms");
        var replica = Assert.Single(rig.Gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        var known = replica.Epoch;
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
        await rig.IsPolledAsync();

        rig.Sim.Update(knobs => knobs with { RawBodies = [odd] });
        await rig.IsPolledAsync();
        Assert.True(known == replica.Epoch, what);
        await rig.BecomesAsync("detail=unknown-epoch", Isl.Validate, Isl.ValidateBody);
        Assert.Equal(known, replica.Epoch);

        rig.Sim.Update(knobs => knobs with { RawBodies = [] });
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task Epoch_ChangesBeforeTheConfirmingPoll_EntryIsDroppedAndNeverReachesRedis()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using (var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings))
        {
            // A poll that was begun before the answer is held, so that the confirming one cannot begin.
            isl.State.Hang("/health");
            var polls = isl.State.HealthCalls;
            await Eventually.TrueAsync(() => isl.State.HealthCalls > polls, TimeSpan.FromSeconds(60), "a poll is held");
            using var miss = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal(Stored, miss.CacheStatus());
            using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.EndsWith(Hit, hit.CacheStatus(), StringComparison.Ordinal);

            isl.State.Build = "sim-0002";
            isl.State.ReleaseHang();

            await gateway.KnowsBuildAsync("sim-0002");
            await Eventually.TrueAsync(
                () => gateway.Services.GetRequiredService<Caching.Tiers.MemoryStore>().Entries == 0, TimeSpan.FromSeconds(60),
                "the entry is dropped");
        }

        isl.State.Build = "sim-0001";
        await using var after = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        using var again = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(Stored, again.CacheStatus());
        Assert.Equal(2, isl.State.Calls(Isl.Validate));
    }

    private static async Task<(string Status, string Text)> AskAsync(Rig rig)
    {
        using var response = await rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Request-Id: same");
        return (response.CacheStatus(), await response.TextAsync());
    }

    private static void Turn(SimulatorState isl, string what) => isl.Update(knobs => what switch
    {
        "fingerprint" => knobs with { FingerprintJson = "\"feedfacecafe\"" },
        "version" => knobs with { Version = "1.0.1" },
        "build" => knobs with { Build = "sim-0002" },
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "No part of an epoch."),
    });
}
