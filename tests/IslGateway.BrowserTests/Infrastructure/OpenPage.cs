using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace IslGateway.BrowserTests.Infrastructure;

/// <summary>The page of a gateway in a browser, with all that the browser complained of and all that it asked for.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentQueue<Uri> _asked = new();

    public OpenPage(IPage tab, Uri management)
    {
        Tab = tab;
        tab.PageError += (_, error) => _problems.Enqueue(error);
        tab.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _problems.Enqueue($"{message.Text} ({message.Location})");
        };
        tab.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            _asked.Enqueue(address);
            if (address.Scheme != "data" && address.Authority != management.Authority) _problems.Enqueue($"outside request: {address}");
        };
    }

    public IPage Tab { get; }

    /// <summary>Errors, warnings (such as of the policy) and requests to anyone but the gateway.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Every address that was asked for.</summary>
    public IReadOnlyCollection<Uri> Asked => _asked;

    /// <summary>The row of an endpoint in the table.</summary>
    public ILocator Row(string path) => Tab.Locator("#endpoint-rows tr").Filter(new LocatorFilterOptions { HasText = path });

    /// <summary>Gives the window another width and the user another preference for colours.</summary>
    /// <param name="width">In CSS pixels.</param>
    /// <param name="scheme">Which colours the user prefers.</param>
    public async Task LookAsync(int width, ColorScheme scheme)
    {
        await Tab.SetViewportSizeAsync(width, Chromium.Height);
        await Tab.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
    }

    public static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    /// <summary>Presses Tab until an element has the focus, as someone without a mouse gets there.</summary>
    public async Task TabToAsync(string selector)
    {
        for (var presses = 0; presses < 100; presses++)
        {
            await Tab.Keyboard.PressAsync("Tab");
            if (await Tab.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector)) return;
        }

        Assert.Fail($"{selector} is not reached by the Tab key.");
    }

    public async ValueTask DisposeAsync() => await Tab.Context.DisposeAsync();
}
