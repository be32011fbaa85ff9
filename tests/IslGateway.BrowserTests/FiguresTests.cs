using System.Text.RegularExpressions;
using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>What the page shows of a gateway that works, and that it keeps up with it.</summary>
public sealed partial class FiguresTests(Chromium chromium)
{
    [Fact]
    public async Task NoTraffic_Yet_SaysWhatToDo()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        await Expect(page.Tab.GetByText("No traffic yet.")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("#endpoint-table")).ToBeHiddenAsync();
        await Expect(page.Tab.Locator("#try")).ToContainTextAsync("/api/v1/causal/validate");
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Traffic_GoingOn_IsFollowedWithoutReloading()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await using var load = new SteadyLoad(rig.Client);

        var row = page.Row(Isl.Counterfactual);
        await Expect(row.Locator("[data-is=name]")).ToHaveTextAsync("CausalCounterfactual");
        await Expect(row.Locator("[data-is=rate]")).ToHaveTextAsync(Rate());
        await Expect(row.Locator("[data-is=hits]")).ToHaveTextAsync(Share());
        foreach (var part in (string[])["p50", "p95", "p99", "p95All"])
            await Expect(row.Locator($"[data-is={part}]")).ToHaveTextAsync(Latency());
        await Expect(row.Locator("path.line")).ToHaveAttributeAsync("d", Curve());
        var before = await RequestsAsync(page);
        await Eventually.TrueAsync(
            async () => await RequestsAsync(page) >= before + 50, TimeSpan.FromSeconds(90), "the page shows fifty requests more");

        await load.StopAsync();
        Assert.Equal(1, page.Asked.Count(address => address.AbsolutePath == "/"));
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Hits_OfTheLastMinute_AreComparedWithTheTarget()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await Expect(page.Tab.Locator("#no-traffic")).ToBeVisibleAsync();

        for (var i = 0; i < 4; i++) (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        (await rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody)).Dispose();

        var hits = page.Row(Isl.Validate).Locator("[data-is=hits]");
        await Expect(hits).ToHaveTextAsync("75.0 %");
        await Expect(hits).ToHaveAttributeAsync("data-tone", "good");
        await Expect(page.Row(Isl.Counterfactual).Locator("[data-is=hits]")).ToHaveAttributeAsync("data-tone", "bad");
        await Expect(page.Row(Isl.Validate).Locator("[data-is=spared]")).ToHaveTextAsync("3 hits, 1 calls");
    }

    [Fact]
    public async Task Endpoint_Opened_TellsWhatTheCacheDid()
    {
        await using var rig = await Rig.StartAsync();
        for (var i = 0; i < 3; i++) (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        var name = page.Row(Isl.Validate).GetByRole(Microsoft.Playwright.AriaRole.Button);
        await name.FocusAsync();
        await page.Tab.Keyboard.PressAsync("Enter");

        await Expect(page.Tab.Locator(".detail")).ToContainTextAsync("memory 2 · stored 1");
        await Expect(name).ToHaveAttributeAsync("aria-expanded", "true");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator(".detail")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Ribbon_BeforeASimulator_IsThere()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        await Expect(page.Tab.Locator("#simulator")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("#simulator")).ToContainTextAsync("not ISL's");
        await Expect(page.Tab.Locator("#replica-rows")).ToContainTextAsync("sim-0001");
    }

    [Fact]
    public async Task Ribbon_BeforeAnotherIsl_IsNotThere()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        await using var page = await chromium.OpenAsync(gateway.Management);

        await Expect(page.Tab.Locator("#replica-rows tr")).ToHaveCountAsync(1);
        await Expect(page.Tab.Locator("#simulator")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Attention_IslWithoutBuildAndCacheOff_IsCalledFor()
    {
        await using var rig = await Rig.StartAsync(
            new IslSimulator.SimulatorOptions { Latency = 0, Build = "unknown" }, "Cache:Mode=Off");
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        var concerns = page.Tab.Locator("#concerns li");
        await Expect(concerns.Filter(new() { HasText = "Cache:Mode is Off" })).ToBeVisibleAsync();
        await Expect(concerns.Filter(new() { HasText = "Cache:Generation" })).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("#health")).ToHaveTextAsync("degraded");
        await Microsoft.Playwright.Assertions.Expect(page.Tab).ToHaveTitleAsync(Counted());
    }

    [Fact]
    public async Task Page_Hidden_AsksNothingUntilItIsSeenAgain()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => tab.Clock.InstallAsync());
        await Expect(page.Tab.Locator("#version")).Not.ToHaveTextAsync("");
        await HideAsync(page, true);
        var asked = Asked(page);

        for (var i = 0; i < 10; i++) await page.Tab.Clock.RunForAsync(2_000);
        Assert.Equal(asked, Asked(page));

        await HideAsync(page, false);
        await Eventually.TrueAsync(() => Asked(page) > asked, TimeSpan.FromSeconds(60), "the gateway is asked again");
    }

    [Fact]
    public async Task Pause_Pressed_StopsTheFiguresUntilPressedAgain()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => tab.Clock.InstallAsync());
        await Expect(page.Tab.Locator("#version")).Not.ToHaveTextAsync("");
        await page.TabToAsync("#pause");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("#freshness")).ToContainTextAsync("paused");
        var asked = Asked(page);

        for (var i = 0; i < 10; i++) await page.Tab.Clock.RunForAsync(2_000);
        Assert.Equal(asked, Asked(page));

        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("#freshness")).ToHaveTextAsync("live");
        Assert.True(Asked(page) > asked);
    }

    private static int Asked(OpenPage page) => page.Asked.Count(address => address.AbsolutePath == "/api/stats");

    private static async Task HideAsync(OpenPage page, bool hidden) => await page.Tab.EvaluateAsync(
        """
        hidden => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """,
        hidden);

    private static async Task<int> RequestsAsync(OpenPage page) => int.Parse(
        (await page.Row(Isl.Counterfactual).Locator("[data-is=requests]").TextContentAsync())!.Replace(",", "", StringComparison.Ordinal),
        System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[\d.,]+ /(s|min)$")]
    private static partial Regex Rate();

    [GeneratedRegex(@"^(> )?[\d.]+ %$")]
    private static partial Regex Share();

    [GeneratedRegex(@"^[\d.]+ m?s$")]
    private static partial Regex Latency();

    /// <summary>At least four points.</summary>
    [GeneratedRegex(@"^M[^LM]+L[^LM]+L[^LM]+L")]
    private static partial Regex Curve();

    [GeneratedRegex(@"^\(\d+\) IslGateway$")]
    private static partial Regex Counted();
}
