using System.Text.Json;
using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Playwright;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>What others may choose, from the build that ISL names to a request's id, is text to the page.</summary>
public sealed class InjectionTests(Chromium chromium)
{
    private const string Evil = "<img src=x onerror=document.title='taken'>";

    [Fact]
    public async Task Build_WithMarkup_IsShownAsText()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Build = "sim-" + Evil;
        await rig.KnowsEpochAsync();
        (await rig.PostAsync($"/api/v1/{Uri.EscapeDataString(Evil)}", "{}", $"X-Request-Id: {Evil}")).Dispose();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        await Expect(page.Tab.Locator("#replica-rows")).ToContainTextAsync(Evil);
        await AssertUntakenAsync(page);
    }

    [Fact]
    public async Task SlowRequest_WithMarkup_IsShownAsText()
    {
        await using var rig = await Rig.StartAsync();
        var answer = JsonSerializer.Serialize(new
        {
            requests = new[]
            {
                new
                {
                    endpoint = Evil, name = Evil, request_id = Evil, trace_id = Evil, at = "2026-01-02T03:04:05Z", status = 200,
                    cache_status = Evil, duration_seconds = 1.2, upstream_seconds = 1.1, queue_seconds = 0.05,
                },
            },
        });
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => tab.RouteAsync(
            "**/api/requests/slow*", route => route.FulfillAsync(new RouteFulfillOptions { Body = answer })));

        await Expect(page.Tab.Locator("#slow-rows")).ToContainTextAsync(Evil);
        await Expect(page.Tab.Locator("#slow-rows")).ToContainTextAsync("1.2 s");
        await AssertUntakenAsync(page);
    }

    [Fact]
    public async Task Script_PutInByAnyMeans_IsRefusedByThePolicy()
    {
        await using var rig = await Rig.StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        var refused = await page.Tab.EvaluateAsync<bool[]>(
            """
            () => {
              const isRefused = put => { try { put(); return false; } catch (e) { return e instanceof TypeError; } };
              const script = document.createElement('script');
              const refused = [
                isRefused(() => { document.body.innerHTML = '<b>markup</b>'; }),
                isRefused(() => { script.text = "document.title = 'taken'"; }),
              ];
              script.append("document.title = 'taken'");
              document.body.append(script);
              return refused;
            }
            """);

        Assert.Equal([true, true], refused);
        Assert.NotEmpty(page.Problems);
        Assert.NotEqual("taken", await page.Tab.TitleAsync());
    }

    private static async Task AssertUntakenAsync(OpenPage page)
    {
        await Expect(page.Tab.Locator("img")).ToHaveCountAsync(0);
        Assert.DoesNotContain("taken", await page.Tab.TitleAsync(), StringComparison.Ordinal);
        Assert.Empty(page.Problems);
    }
}
