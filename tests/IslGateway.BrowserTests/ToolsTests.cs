using IslGateway.BrowserTests.Infrastructure;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Playwright;
using static IslGateway.BrowserTests.Infrastructure.OpenPage;

namespace IslGateway.BrowserTests;

/// <summary>The calls that people make from the page, with the keyboard alone.</summary>
public sealed class ToolsTests(Chromium chromium)
{
    private const string Key = "night-key";
    private const string Hit = "detail=memory";
    private const string Stored = "IslGateway; fwd=miss; stored";

    [Fact]
    public async Task Purge_WithTheKeyboardAlone_AsksForTheKeyAndThenPurges()
    {
        await using var rig = await StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await Expect(page.Row(Isl.Validate)).ToBeVisibleAsync();

        await page.TabToAsync("#purge-endpoint");
        await page.Tab.Keyboard.TypeAsync("CausalValidate");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("#purge-result")).ToContainTextAsync("401");
        await Expect(page.Tab.Locator("#key")).ToBeFocusedAsync();
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);

        await page.Tab.Keyboard.TypeAsync(Key);
        await page.TabToAsync("#purge-endpoint");
        await page.Tab.Keyboard.PressAsync("Enter");

        await Expect(page.Tab.Locator("#purge-result")).ToContainTextAsync("Purged: CausalValidate.");
        await Expect(page.Tab.Locator("#purge-result")).ToHaveAttributeAsync("role", "status");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.DoesNotContain(page.Asked, address => address.ToString().Contains(Key, StringComparison.Ordinal));
        Assert.Equal(0, await page.Tab.EvaluateAsync<int>("() => localStorage.length + sessionStorage.length"));
        Assert.All(page.Problems, problem => Assert.Contains("401 (Unauthorized)", problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PurgeOfEverything_WithTheKeyboardAlone_IsAskedForTwice()
    {
        await using var rig = await StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);
        await page.TabToAsync("#key");
        await page.Tab.Keyboard.TypeAsync(Key);
        await page.TabToAsync("#purge-all");
        await page.Tab.Keyboard.PressAsync("Space");
        await page.TabToAsync("#purge button");

        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("#confirm-no")).ToBeFocusedAsync();
        await page.Tab.Keyboard.PressAsync("Escape");
        await Expect(page.Tab.Locator("#purge-result")).ToHaveTextAsync("Nothing was purged.");
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);

        await Expect(page.Tab.Locator("#purge button")).ToBeFocusedAsync();
        await page.Tab.Keyboard.PressAsync("Enter");
        await page.TabToAsync("#confirm-yes");
        await page.Tab.Keyboard.PressAsync("Enter");

        await Expect(page.Tab.Locator("#purge-result")).ToContainTextAsync("Purged: everything.");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Purge_OfNothing_SaysWhatIsMissing()
    {
        await using var rig = await StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        await page.TabToAsync("#purge-user");
        await page.Tab.Keyboard.PressAsync("Enter");

        await Expect(page.Tab.Locator("#purge-result")).ToHaveTextAsync("Name an endpoint, a user, or everything.");
    }

    [Fact]
    public async Task Explain_WithTheKeyboardAlone_SendsTheTextAsItIsAndTellsTheAnswer()
    {
        await using var rig = await StartAsync();
        var sent = new TaskCompletionSource<IRequest>();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => AnswerAsync(tab, "explain", sent, """
            {"row":"CausalValidate","path":"/api/v1/causal/validate","policy":"Deterministic","reason":null,"key":"3f2a","key_order":"Sorted",
            "ignored_fields":["/trace"],"key_headers":[],"epochs":[{"fingerprint":"cb0a","version":"1.0.0","build":"b1","found":true}],
            "found":{"tier":"memory","age_seconds":61.2,"ttl_seconds":3500,"stale":false},"cache_status":"IslGateway; hit; ttl=3500"}
            """));

        await page.TabToAsync("#key");
        await page.Tab.Keyboard.TypeAsync(Key);
        await page.TabToAsync("#explain-path");
        await page.Tab.Keyboard.TypeAsync(Isl.Validate);
        await page.TabToAsync("#explain-body");
        await page.Tab.Keyboard.InsertTextAsync("""{"a": 1.0, "a": 2}""");
        await page.TabToAsync("#explain button[type=submit]");
        await page.Tab.Keyboard.PressAsync("Enter");

        var request = await sent.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal("""{"path":"/api/v1/causal/validate","headers":{},"body_text":"{\"a\": 1.0, \"a\": 2}"}""", request.PostData);
        Assert.Equal($"Bearer {Key}", await request.HeaderValueAsync("Authorization"));
        var result = page.Tab.Locator("#explain-result");
        await Expect(result).ToContainTextAsync("IslGateway; hit; ttl=3500");
        await Expect(result).ToContainTextAsync("Stored in memory, 1 min 1 s old, fresh for 58 min 20 s more");
        await Expect(result).ToContainTextAsync("without /trace");
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Explain_OfAStoredAnswer_TellsOfTheHit()
    {
        await using var rig = await StartAsync();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management);

        await page.TabToAsync("#key");
        await page.Tab.Keyboard.TypeAsync(Key);
        await page.TabToAsync("#explain-path");
        await page.Tab.Keyboard.TypeAsync(Isl.Validate);
        await page.TabToAsync("#explain-body");
        await page.Tab.Keyboard.InsertTextAsync(Isl.ValidateBody);
        await page.TabToAsync("#explain button[type=submit]");
        await page.Tab.Keyboard.PressAsync("Enter");

        var result = page.Tab.Locator("#explain-result");
        await Expect(result).ToContainTextAsync(Hit);
        await Expect(result).ToContainTextAsync("Stored in memory");
        await Expect(result).ToContainTextAsync("sim-0001");
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Explain_OfTwo_SaysWhereTheirKeysPart()
    {
        await using var rig = await StartAsync();
        var sent = new TaskCompletionSource<IRequest>();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => AnswerAsync(
            tab, "explain", sent, """{"requests":[{"row":"A"},{"row":"A"}],"same_key":false,"differs_at":"/dag/0","because":"body"}"""));

        await page.Tab.Locator("#explain-path").FillAsync(Isl.Validate);
        await page.Tab.Locator("#explain-body").FillAsync("{}");
        await page.Tab.Locator("#explain summary").ClickAsync();
        await page.Tab.Locator("#explain-headers").FillAsync("X-Variant: b\n");
        await page.Tab.Locator("#explain-second").FillAsync("[]");
        await page.Tab.Locator("#explain button[type=submit]").ClickAsync();

        const string One = """{"path":"/api/v1/causal/validate","headers":{"X-Variant":"b"},"body_text":""";
        var request = await sent.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal($$"""{"requests":[{{One}}"{}"},{{One}}"[]"}]}""", request.PostData);
        await Expect(page.Tab.Locator("#explain-result")).ToContainTextAsync("Their keys part at /dag/0, because of the body.");
    }

    [Fact]
    public async Task Warm_WithBadLines_ShowsThemAndTheSum()
    {
        await using var rig = await StartAsync();
        var sent = new TaskCompletionSource<IRequest>();
        await using var page = await chromium.OpenAsync(rig.Gateway.Management, prepare: tab => AnswerAsync(tab, "warm", sent, """
            {"line":1,"status":200,"cache_status":"IslGateway; fwd=miss; stored"}
            {"line":2,"error":"it is not JSON"}
            {"done":true,"warmed":1,"known":0,"failed":0,"malformed":1}
            """));

        await page.Tab.Locator("#warm-lines").FillAsync("{\"path\":\"/p\",\"body\":{}}\n{\n");
        await page.Tab.Locator("#warm button[type=submit]").ClickAsync();

        await Expect(page.Tab.Locator("#warm-result")).ToHaveTextAsync("Warmed 1, known already 0, failed 0, malformed 1.");
        await Expect(page.Tab.Locator("#warm-problems")).ToHaveTextAsync("Line 2: it is not JSON");
        await Expect(page.Tab.Locator("#warm-progress")).ToBeHiddenAsync();
        Assert.Equal("{\"path\":\"/p\",\"body\":{}}\n{\n", (await sent.Task).PostData);
    }

    /// <summary>A gateway with a key, and one stored answer.</summary>
    private static async Task<Rig> StartAsync()
    {
        var rig = await Rig.StartAsync($"Management:ApiKeys={Key}");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        return rig;
    }

    /// <summary>Answers a call as its contract says, and keeps what was sent.</summary>
    private static async Task AnswerAsync(IPage tab, string call, TaskCompletionSource<IRequest> sent, string answer) =>
        await tab.RouteAsync($"**/api/cache/{call}", route =>
        {
            sent.TrySetResult(route.Request);
            return route.FulfillAsync(new RouteFulfillOptions { Body = answer });
        });
}
