using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Playwright;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>The comparison with a candidate, begun and read on the page.</summary>
public sealed class ComparisonTests(Chromium chromium)
{
    private const string Estimate = "/prediction/point_estimate";

    [Fact]
    public async Task Compare_WithTheKeyboardAlone_ShowsWhereTheCandidateDiffers()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        comparison.Scale(Estimate, 1.25);
        await using var page = await chromium.OpenAsync(comparison.Rig.Gateway.Management);
        await Expect(page.Tab.Locator("#comparison-verdict")).ToHaveTextAsync("None since the start.");

        await page.TabToAsync("#compare-against");
        await page.Tab.Keyboard.TypeAsync(comparison.Against);
        await page.TabToAsync("#compare-tolerance");
        await page.Tab.Keyboard.TypeAsync("1e-9");
        await page.Tab.Keyboard.PressAsync("Enter");

        await Expect(page.Tab.Locator("#compare-result")).ToContainTextAsync("Equal 1, different 1, failed 0, not compared 0.");
        await Expect(page.Tab.Locator("#comparison-verdict")).ToHaveTextAsync("Not passed: 1 differ by more than 1e-9, 0 failed.");
        await Expect(page.Tab.Locator("#comparison-verdict")).ToHaveAttributeAsync("data-tone", "bad");
        await Expect(page.Tab.Locator("#comparison-rows tr")).ToHaveCountAsync(2);
        await Expect(page.Tab.Locator("#comparison-differences")).ToHaveTextAsync(
            $"CausalCounterfactual {Estimate}: a number, by up to 0.200, answers: 1");
        await Expect(page.Tab.Locator("#comparison-sides")).ToContainTextAsync("sim-0002) beside ISL (cb0a8a533671, 1.0.0, sim-0001)");
        await Expect(page.Tab.Locator("#compare-progress")).ToBeHiddenAsync();
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Report_OfSomebodyElses_IsThereWhenThePageIsOpened()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        await comparison.CompareAsync();

        await using var page = await chromium.OpenAsync(comparison.Rig.Gateway.Management);
        await page.LookAsync(400, ColorScheme.Light);

        await Expect(page.Tab.Locator("#comparison-verdict")).ToHaveTextAsync("Passed: nothing differs by more than 0.");
        Assert.Equal(400, await page.Tab.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
    }

    [Fact]
    public async Task Compare_RefusedOrMistyped_SaysWhy()
    {
        await using var comparison = await Comparison.StartAsync("Cache:KeepRequests=0");
        await using var page = await chromium.OpenAsync(comparison.Rig.Gateway.Management);

        await page.Tab.Locator("#compare-against").FillAsync(comparison.Against);
        await page.Tab.Locator("#compare-tolerance").FillAsync("little");
        await page.Tab.Locator("#compare button[type=submit]").ClickAsync();
        await Expect(page.Tab.Locator("#compare-result")).ToHaveTextAsync("The tolerated change must be a number.");
        await page.Tab.Locator("#compare-tolerance").FillAsync("");
        await page.Tab.Locator("#compare button[type=submit]").ClickAsync();
        await Expect(page.Tab.Locator("#compare-result")).ToContainTextAsync("Cache:KeepRequests");
    }
}
