using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Playwright;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>
/// The page under load, in both colour schemes, on a wide and a narrow screen: pictures of it to look at, under <c>reports/</c> beside the
/// tests' program, and what a machine can judge of its looks.
/// </summary>
public sealed partial class AppearanceTests(Chromium chromium)
{
    private static readonly AxeRunOptions Rules = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    };

    private static readonly (int Width, ColorScheme Scheme)[] Looks =
        [(1280, ColorScheme.Light), (1280, ColorScheme.Dark), (400, ColorScheme.Light), (400, ColorScheme.Dark)];

    [Fact]
    public async Task Page_UnderLoad_FitsEveryWindowAndCanBeReadByEveryone()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0.1 });
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await using var load = new SteadyLoad(rig.Client);
        (await rig.PostAsync(Isl.Teach, "{}")).Dispose();
        (await rig.PostAsync("/api/v1/nothing", "{}")).Dispose();
        await Expect(page.Row(Isl.Counterfactual).Locator("path.line")).ToHaveAttributeAsync("d", Curve());

        await AssertFitsAsync(page, "page");
        await page.Row(Isl.Counterfactual).GetByRole(AriaRole.Button).ClickAsync();
        await page.Tab.Locator("summary").ClickAsync();
        await page.Tab.Locator("#purge-endpoint").FillAsync("nothing");
        await page.Tab.Locator("#purge button").ClickAsync();
        await Expect(page.Tab.Locator("#purge-result")).ToContainTextAsync("400");
        await load.StopAsync();

        await AssertFitsAsync(page, "opened");
        Assert.All(page.Problems, problem => Assert.Contains("400 (Bad Request)", problem, StringComparison.Ordinal));
    }

    /// <summary>
    /// Looks at the page as it is in every window and colour scheme, and keeps a picture of each. The rules of accessibility, which take
    /// seconds, are asked of two of them: both windows and both schemes.
    /// </summary>
    internal static async Task AssertFitsAsync(OpenPage page, string name)
    {
        var reports = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "reports"));
        foreach (var (width, scheme) in Looks)
        {
            await page.LookAsync(width, scheme);
            Assert.Equal(width, await page.Tab.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
            await page.Tab.ScreenshotAsync(new PageScreenshotOptions
            {
                FullPage = true,
                Path = Path.Combine(reports.FullName, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"),
            });
            if ((width, scheme) is not ((1280, ColorScheme.Light) or (400, ColorScheme.Dark))) continue;
            var violations = (await page.Tab.RunAxe(Rules)).Violations;
            Assert.Empty(violations.SelectMany(
                violation => violation.Nodes.Select(node => $"{violation.Id}: {violation.Help}: {node.Html}")));
        }
    }

    /// <summary>At least six points.</summary>
    [GeneratedRegex(@"^M([^LM]+L){5}")]
    private static partial Regex Curve();
}
