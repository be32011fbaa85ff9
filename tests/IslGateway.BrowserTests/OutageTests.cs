using System.Text.RegularExpressions;
using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>What the page shows of a gateway that is gone, and of neighbours that are.</summary>
public sealed partial class OutageTests(Chromium chromium)
{
    [Fact]
    public async Task Gateway_GoneAndBack_IsSaidWithTheTimeAndTheFiguresStay()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var management = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var setting = $"Kestrel:Endpoints:Management:Url={management.GetLeftPart(UriPartial.Authority)}";
        await using var page = await OpenBeforeAsync(isl, management, setting);

        await Expect(page.Tab.Locator("#lost")).ToHaveTextAsync(Lost());
        await Expect(page.Tab.Locator("#lost")).ToHaveAttributeAsync("role", "alert");
        await Expect(page.Tab.Locator("#health")).ToHaveTextAsync("no answer");
        await Expect(page.Row(Isl.Validate)).ToBeVisibleAsync();

        await using var again = await GatewayUnderTest.StartAsync(isl.BaseAddress, setting);
        await Expect(page.Tab.Locator("#lost")).ToBeHiddenAsync();
        await Expect(page.Tab.Locator("#connection")).ToHaveTextAsync(Returned());
        await Expect(page.Tab.Locator("#no-traffic")).ToBeVisibleAsync();
        Assert.All(page.Problems, problem => Assert.Contains("Failed to load resource: net::ERR_", problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Isl_Gone_NeedsAttention()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await using var page = await chromium.OpenAsync(gateway.Management);
        await Expect(page.Tab.Locator("#calm")).ToBeVisibleAsync();

        await isl.StopAsync();

        await Expect(page.Tab.Locator("#concerns")).ToContainTextAsync("no replica answers its polls");
        await Expect(page.Tab.Locator("#replica-rows")).ToContainTextAsync("unresponsive");
        Assert.Empty(page.Problems);
    }

    /// <summary>Opens the page, lets it show a request, and stops the gateway: the open page holds nothing up.</summary>
    private async Task<OpenPage> OpenBeforeAsync(SimulatorHost isl, Uri management, string setting)
    {
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, setting);
        var page = await chromium.OpenAsync(management);
        (await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await Expect(page.Row(Isl.Validate)).ToBeVisibleAsync();
        return page;
    }

    [GeneratedRegex(@"^The gateway does not answer since \d\d:\d\d:\d\d \(.+\)\. The figures below are from then\.$")]
    private static partial Regex Lost();

    [GeneratedRegex(@"^The gateway answers again, after .+\.$")]
    private static partial Regex Returned();
}
