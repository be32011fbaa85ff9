using IslGateway.BrowserTests.Infrastructure;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace IslGateway.BrowserTests.Infrastructure;

/// <summary>One headless Chromium for all tests, started by the first that asks; each opens the page with a profile of its own.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Names the program to use instead of the ones that are looked for.</summary>
    private const string Variable = "ISLGATEWAY_TEST_CHROMIUM";

    /// <summary>How long the browser may take for anything: other work may go on beside it.</summary>
    private const float Patience = 90_000;

    /// <summary>Of the window, in CSS pixels.</summary>
    internal const int Height = 900;

    private static readonly string[] Programs =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Browser)>> _running = new(LaunchAsync);

    /// <summary>Opens the page of a gateway. The test is skipped where there is no Chromium.</summary>
    /// <param name="management">The gateway's management listener.</param>
    /// <param name="prepare">Runs before the page is asked for.</param>
    internal async Task<OpenPage> OpenAsync(Uri management, Func<IPage, Task>? prepare = null)
    {
        var (_, browser) = await _running.Value;
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 1280, Height = Height },
            ColorScheme = ColorScheme.Light,
        });
        context.SetDefaultTimeout(Patience);
        var page = new OpenPage(await context.NewPageAsync(), management);
        if (prepare is not null) await prepare(page.Tab);
        await page.Tab.GotoAsync(management.ToString());
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_running.IsValueCreated || !_running.Value.IsCompletedSuccessfully) return;
        var (driver, browser) = await _running.Value;
        await browser.DisposeAsync();
        driver.Dispose();
    }

    private static async Task<(IPlaywright Driver, IBrowser Browser)> LaunchAsync()
    {
        var program = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Programs.FirstOrDefault(File.Exists);
        if (program is null) Assert.Skip($"There is no Chromium: install Debian's package chromium, or name the program in {Variable}.");
        Assertions.SetDefaultExpectTimeout(Patience);
        var driver = await Playwright.CreateAsync();
        try
        {
            return (driver, await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                Timeout = Patience,

                // Root may not use the sandbox, and containers have little shared memory.
                Args = ["--no-sandbox", "--disable-dev-shm-usage"],
            }));
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }
}
