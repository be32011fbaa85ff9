using System.Net;
using System.Net.Http.Headers;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>The page as HTTP sees it; what it does in a browser is in IslGateway.BrowserTests.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task Root_Asked_IsOneGuardedDocument()
    {
        await using var rig = await Rig.StartAsync();

        using var page = await SendAsync(rig, HttpMethod.Get);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("<!DOCTYPE html>", await page.TextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", Header(page, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("nosniff", Header(page, "X-Content-Type-Options"));
        Assert.Equal("DENY", Header(page, "X-Frame-Options"));
        Assert.Equal("no-referrer", Header(page, "Referrer-Policy"));
        Assert.Equal("same-origin", Header(page, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(page, "Cross-Origin-Resource-Policy"));
        Assert.Equal("no-cache", Header(page, "Cache-Control"));
    }

    [Fact]
    public async Task Root_AskedByHead_HasTheSameHeadersAndNoBody()
    {
        await using var rig = await Rig.StartAsync();
        using var page = await SendAsync(rig, HttpMethod.Get);

        using var head = await SendAsync(rig, HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(page.Headers.ETag, head.Headers.ETag);
        Assert.Equal(page.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(Header(page, "Content-Security-Policy"), Header(head, "Content-Security-Policy"));
        Assert.Empty(await head.TextAsync());
    }

    [Fact]
    public async Task Root_AskedWithItsTag_IsNotSentAgain()
    {
        await using var rig = await Rig.StartAsync();
        using var page = await SendAsync(rig, HttpMethod.Get);

        using var again = await SendAsync(rig, HttpMethod.Get, page.Headers.ETag);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Empty(await again.TextAsync());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Root_AskedByAnotherMethod_SaysWhichThereAre(string method)
    {
        await using var rig = await Rig.StartAsync();

        using var answer = await SendAsync(rig, new HttpMethod(method));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Root_OfTheDataPlane_IsIsls()
    {
        await using var rig = await Rig.StartAsync();

        using var answer = await rig.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.DoesNotContain("<title>IslGateway</title>", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=bypass; fwd-status=404; detail=unknown-endpoint", answer.CacheStatus());
    }

    private static async Task<HttpResponseMessage> SendAsync(Rig rig, HttpMethod method, EntityTagHeaderValue? tag = null)
    {
        using var request = new HttpRequestMessage(method, new Uri("/", UriKind.Relative));
        if (tag is not null) request.Headers.IfNoneMatch.Add(tag);
        return await rig.Gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));
}
