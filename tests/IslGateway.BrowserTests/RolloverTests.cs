using System.Text.RegularExpressions;
using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>The rollover on the page: whether one is under way, from where to where, how far, and how the last one ended.</summary>
public sealed partial class RolloverTests(Chromium chromium)
{
    private const string First = "0123456789ab";
    private const string Second = "ba9876543210";

    /// <summary>ISL may be silent for as long as a slow browser takes to look at a rollover that is under way.</summary>
    private static readonly string[] On =
    [
        "Cache:KeepRequests=1MiB", "Rollover:Enabled=true", "Warming:CallsPerMinute=100000", "Warming:Concurrency=1",
        "Endpoints:CausalValidate:Timeout=1h", "Endpoints:CausalValidate:UpstreamTimeout=1h",
    ];

    [Fact]
    public async Task Rollover_UnderWayAndEnded_IsToldWithItsStepsAndTheOneBefore()
    {
        await using var rig = await Rig.StartAsync(On);
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await Expect(page.Tab.Locator("#version")).Not.ToBeEmptyAsync();
        await Expect(page.Tab.Locator("#rollover")).ToBeHiddenAsync();

        for (var i = 1; i <= 4; i++) await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i));
        await rig.IsPolledAsync();
        rig.Sim.SetFingerprint(First);
        await Expect(page.Tab.Locator("#rollover-state")).ToHaveTextAsync("Complete: all that was to be asked again has been seen to.");
        await Expect(page.Tab.Locator("#rollover-state")).ToHaveAttributeAsync("data-tone", "good");
        await Expect(page.Tab.Locator("#rollover-progress")).ToBeHiddenAsync();

        rig.Sim.Hang(Isl.Validate);
        rig.Sim.SetFingerprint(Second);
        await Expect(page.Tab.Locator("#rollover-state")).ToHaveTextAsync(UnderWay());
        await Expect(page.Tab.Locator("#rollover-sides")).ToHaveTextAsync(
            $"From {First} (version 1.0.0, build sim-0001) to {Second} (version 1.0.0, build sim-0001).");
        await Expect(page.Tab.Locator("#rollover-progress")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("#rollover-progress")).ToHaveAttributeAsync("aria-valuetext", "0 of 4");
        await Expect(page.Tab.Locator("#rollover-previous")).ToHaveTextAsync(
            $"The one before, to {First} (version 1.0.0, build sim-0001): Complete: all that was to be asked again has been seen to.");
        await AppearanceTests.AssertFitsAsync(page, "rollover");

        rig.Gateway.Reload("Rollover:Enabled", "false");
        await Expect(page.Tab.Locator("#rollover-state")).ToHaveTextAsync("Ended early: it was switched off.");
        await Expect(page.Tab.Locator("#rollover-figures")).ToContainTextAsync("Left4");
        Assert.Empty(page.Problems);
    }

    /// <summary>One that ended for want of something is among what needs attention, and the keyboard leads to it.</summary>
    [Fact]
    public async Task Rollover_ThatNobodyMayAsk_NeedsAttention()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot", "other"] }, [.. On, "Warming:Credentials=plot"]);
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        for (var i = 1; i <= 2; i++) await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i), "X-API-Key: other");
        await rig.IsPolledAsync();

        rig.Sim.SetFingerprint(First);

        await Expect(page.Tab.Locator("#concerns")).ToContainTextAsync(
            "Nothing was asked: no kept request belongs to a credential of Warming:Credentials.");
        await Expect(page.Tab.Locator("#rollover-figures")).ToContainTextAsync("Left out: no credential may ask them2");
        await page.TabToAsync("a[href='#comparison']");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("#comparison")).ToBeFocusedAsync();
        await Expect(page.Tab.Locator("#rollover-state")).ToBeInViewportAsync();
        Assert.Empty(page.Problems);
    }

    [GeneratedRegex(@"^Under way since .*: 0 of 4 requests\.$")]
    private static partial Regex UnderWay();
}
