using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What is no cacheable row of the table goes through as it came, both ways, and still says what the gateway did.</summary>
public sealed class PassThroughTests
{
    private const string Echo = "/_sim/echo";
    private const string Unknown = "IslGateway; fwd=bypass; detail=unknown-endpoint";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("/_sim/echo?x=%41&y=+")]
    [InlineData("/_sim/echo?")]
    [InlineData("/_sim/echo??a=1&a=2&&;b")]
    [InlineData("/_sim/echo?path=/../..//x&q=%2F%2f%25")]
    [InlineData("/_sim/echo?<>\"|{}^`\\")]
    [InlineData("/%5fsim/%65cho")]
    [InlineData("/_sim/x%2f..%2Fecho?not-there")]
    public async Task RawTarget_OddlySpelled_ReachesIslByteByByte(string target)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var request = RawHttp.Request("", $"GET {target} HTTP/1.1", "Host: isl.example", "Connection: close");

        var direct = await RawHttp.ExchangeAsync(isl.BaseAddress, request);
        var through = await RawHttp.ExchangeAsync(gateway.Address, request);

        Assert.Equal(direct.Status, through.Status);
        if (direct.Status == 200) Assert.Equal(target, JsonDocument.Parse(through.Body).RootElement.GetProperty("target").GetString());
        else Assert.Equal(direct.Text, through.Text);
    }

    [Fact]
    public async Task Header_NamedByConnection_IsForThisHopAlone()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            "", "GET /_sim/echo HTTP/1.1", "Host: isl.example", "Connection: X-Hop", "X-Hop: 1", "X-End: 1"));

        var names = JsonDocument.Parse(answer.Body).RootElement.GetProperty("headers").EnumerateArray()
            .Select(header => header[0].GetString()).ToList();
        Assert.DoesNotContain("X-Hop", names, StringComparer.OrdinalIgnoreCase);
        Assert.Contains("X-End", names, StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData(Isl.Validate)]
    public async Task TransferCoding_OtherThanChunked_Is400AndNotForwarded(string path)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            "2\r\n{}\r\n0\r\n\r\n", $"POST {path} HTTP/1.1", "Host: isl.example", "Content-Type: application/json",
            "Transfer-Encoding: gzip, chunked"));

        Assert.Equal(400, answer.Status);
        Assert.Contains("gateway_malformed_request", answer.Text, StringComparison.Ordinal);
        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Theory]
    [InlineData("/api/v1/teaching//teach")]
    [InlineData("//api/v1/teaching/teach")]
    [InlineData("/api/v1/teaching/te%61ch")]
    [InlineData("/api/v1/teaching%2fteach")]
    [InlineData("/api/v1/causal/validate;a=b")]
    [InlineData("/api/v1/causal/./validate")]
    [InlineData("/API/v1/causal/validate")]
    [InlineData("/api/v1/causal/validat%65")]
    [InlineData("/%")]
    [InlineData("/%zz")]
    [InlineData("/a%00b")]
    [InlineData("/nowhere?")]
    public async Task RawPath_ThatOnlyLooksLikeARow_IsAnotherPathToIslToo(string target)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var request = RawHttp.Request("{}", $"POST {target} HTTP/1.1", "Host: isl.example", "Content-Length: 2", "Connection: close");

        var direct = await RawHttp.ExchangeAsync(isl.BaseAddress, request);
        var through = await RawHttp.ExchangeAsync(gateway.Address, request);

        // What ISL's own server refuses to read never becomes a call there, wherever it came from.
        Assert.Equal(direct.Status, through.Status);
        if (isl.State.TotalCalls == 0) return;
        Assert.Equal([target, target], isl.State.LastCalls().Select(call => call.Target));
        Assert.Contains("fwd=bypass", through.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.EndsWith("detail=unknown-endpoint", through.Header("Cache-Status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AbsoluteFormTarget_ReachesIslInOriginForm()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request("",
            "GET http://isl.example/_sim/echo?x=%41 HTTP/1.1", "Host: isl.example", "Connection: close"));

        Assert.Equal("/_sim/echo?x=%41", JsonDocument.Parse(answer.Body).RootElement.GetProperty("target").GetString());
    }

    [Fact]
    public async Task RequestHeaders_CustomRepeatedEmptyAndLatin1_ReachIslAsTheyAre()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var echo = await EchoAsync(gateway, "",
            "GET /_sim/echo HTTP/1.1", "Host: isl.example:81", "Connection: close", "X-Custom: a, b", "X-Repeated: one", "X-Repeated: two",
            "X-Empty:", "X-Latin: caf\u00e9 \u00ff", "Accept: a/b", "Accept-Encoding: br;q=0.5", "Cookie: a=1; b=2",
            "Cache-Control: no-cache",
            "Authorization: Bearer x y", "User-Agent: odd (agent)/1", "X-Request-Id: mine", "X-Forwarded-Proto: https",
            "Forwarded: for=1.2.3.4",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "If-None-Match: \"x\"", "Range: bytes=0-1");

        string[] Values(string name) => [.. echo.GetProperty("headers").EnumerateArray()
            .Where(line => string.Equals(line[0].GetString(), name, StringComparison.OrdinalIgnoreCase))
                .Select(line => line[1].GetString()!)];
        Assert.Equal(["isl.example:81"], Values("Host"));
        Assert.Equal("a, b", Assert.Single(Values("X-Custom")));
        Assert.Equal("one, two", string.Join(", ", Values("X-Repeated")));
        Assert.Equal("", Assert.Single(Values("X-Empty")));
        Assert.Equal("caf\u00e9 \u00ff", Assert.Single(Values("X-Latin")));
        Assert.Equal("a/b", Assert.Single(Values("Accept")));
        Assert.Equal("br;q=0.5", Assert.Single(Values("Accept-Encoding")));
        Assert.Equal("a=1; b=2", Assert.Single(Values("Cookie")));
        Assert.Equal("no-cache", Assert.Single(Values("Cache-Control")));
        Assert.Equal("Bearer x y", Assert.Single(Values("Authorization")));
        Assert.Equal("odd (agent)/1", Assert.Single(Values("User-Agent")));
        Assert.Equal("mine", Assert.Single(Values("X-Request-Id")));
        Assert.Equal("https", Assert.Single(Values("X-Forwarded-Proto")));
        Assert.Equal("for=1.2.3.4", Assert.Single(Values("Forwarded")));
        Assert.Equal("\"x\"", Assert.Single(Values("If-None-Match")));
        Assert.Equal("bytes=0-1", Assert.Single(Values("Range")));
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", Assert.Single(Values("traceparent")), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", Assert.Single(Values("X-Forwarded-For")));
        Assert.Empty(Values("X-Forwarded-Host"));
        Assert.Empty(Values("Content-Length"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    public async Task RequestBody_OfAnyBytes_ReachesIslAnnouncedAndChunked(int length)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var body = new byte[length];
        for (var i = 0; i < length; i++) body[i] = (byte)(i * 31 >> 3);
        var text = Encoding.Latin1.GetString(body);
        var chunks = string.Concat(text.Chunk(65_000).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";

        var announced = await EchoAsync(gateway, text, $"PUT {Echo} HTTP/1.1", "Host: h", "Connection: close", $"Content-Length: {length}");
        var chunked = await EchoAsync(
            gateway, chunks, $"PUT {Echo} HTTP/1.1", "Host: h", "Connection: close", "Transfer-Encoding: chunked");

        foreach (var echo in (JsonElement[])[announced, chunked])
        {
            Assert.Equal("PUT", echo.GetProperty("method").GetString());
            Assert.Equal(
                Convert.ToHexString(SHA256.HashData(body)),
                Convert.ToHexString(SHA256.HashData(echo.GetProperty("body_base64").GetBytesFromBase64())));
        }
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("HEAD")]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("brew")]
    public async Task Method_ThatTheRowDoesNotServe_IsAnsweredByIsl(string method)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        foreach (var path in (string[])[Isl.Validate, Isl.Teach])
        {
            var answer = await RawHttp.ExchangeAsync(
                gateway.Address, RawHttp.Request("", $"{method} {path} HTTP/1.1", "Host: h", "Connection: close"));

            Assert.Equal(405, answer.Status);
            Assert.Equal("POST", answer.Header("Allow"));
            Assert.Equal("IslGateway; fwd=bypass; fwd-status=405; detail=unknown-endpoint", answer.Header("Cache-Status"));
            Assert.Equal(method, isl.State.LastCalls(path)[^1].Method);
            if (method == "HEAD") Assert.Equal("31", answer.Header("Content-Length"));
            else Assert.Equal("""{"detail":"Method Not Allowed"}""", answer.Text);
        }
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("M-SEARCH")]
    public async Task Method_WithABody_ReachesIsl(string method)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var echo = await EchoAsync(gateway, "ab", $"{method} {Echo} HTTP/1.1", "Host: h", "Connection: close", "Content-Length: 2");

        Assert.Equal(method, echo.GetProperty("method").GetString());
        Assert.Equal("ab", Encoding.ASCII.GetString(echo.GetProperty("body_base64").GetBytesFromBase64()));
    }

    [Fact]
    public async Task PatchOfAnOutcome_IsARowOfItsOwn()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var logged = await gateway.Client.PostAsync("/api/v1/outcomes/log", """{"decision_id":"d","user_id":"u","outcome":"good"}""");
        using var request = Isl.Post("/api/v1/outcomes/abc", """{"notes":"n"}""");
        request.Method = HttpMethod.Patch;

        using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.EndsWith("detail=endpoint-not-cached", answer.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("PATCH", isl.State.LastCalls("/api/v1/outcomes/abc")[^1].Method);
    }

    [Fact]
    public async Task Answer_OfIsl_PassesStatusHeadersAndBody()
    {
        await using var upstream = new ScriptedUpstream(Scripts.Says(
            "HTTP/1.1 207 Odd\r\nContent-Type: text/x-odd; a=b\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\nX-Latin: caf\u00e9\r\n"
            + "Vary: Accept\r\nVary: Origin\r\nWarning: 199 - \"x\"\r\nETag: W/\"1\"\r\nCache-Status: Other; hit\r\n"
            + "Server-Timing: db;dur=5\r\nX-Request-Id: theirs\r\n\r\n12\u000045", AfterAnswer.Hold));
        await using var gateway = await GatewayUnderTest.StartAsync(upstream.Address);

        var answer = await RawHttp.ExchangeAsync(
            gateway.Address, RawHttp.Request("", "GET /anything HTTP/1.1", "Host: h", "Connection: close"));

        Assert.Equal(207, answer.Status);
        Assert.Equal("12\u000045", answer.Text);
        Assert.Equal("text/x-odd; a=b", answer.Header("Content-Type"));
        Assert.Equal(["a=1", "b=2"], answer.All("Set-Cookie"));
        Assert.Equal("", answer.Header("X-Empty"));
        Assert.Equal("caf\u00e9", answer.Header("X-Latin"));
        Assert.Equal(["Accept", "Origin"], answer.All("Vary"));
        Assert.Equal("W/\"1\"", answer.Header("ETag"));
        Assert.Equal("theirs", answer.Header("X-Request-Id"));
        Assert.Equal(["Other; hit", "IslGateway; fwd=bypass; fwd-status=207; detail=unknown-endpoint"], answer.All("Cache-Status"));
        Assert.Equal("db;dur=5", answer.All("Server-Timing")[0]);
        Assert.Equal(2, answer.All("Server-Timing").Length);
        Assert.Empty(answer.All("Server"));
    }

    [Theory]
    [InlineData(Isl.Validate, "/api/v1/causal/validate?a=%41&b=+")]
    [InlineData(Isl.Teach, "/api/v1/teaching/teach?")]
    public async Task TrailingSlash_IsRedirectedByIslToTheGatewaysOwnHost(string path, string expected)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var target = expected.Replace(path, path + "/", StringComparison.Ordinal);

        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            "{}", $"POST {target} HTTP/1.1", $"Host: {gateway.Address.Authority}", "Content-Length: 2", "Connection: close"));

        Assert.Equal(307, answer.Status);
        Assert.StartsWith($"http://{gateway.Address.Authority}{path}", answer.Header("Location"), StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=bypass; fwd-status=307; detail=unknown-endpoint", answer.Header("Cache-Status"));
    }

    [Fact]
    public async Task Stream_ArrivesPieceByPiece()
    {
        await using var upstream = new ScriptedUpstream(
            Scripts.Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n", AfterAnswer.Hold));
        await using var gateway = await GatewayUnderTest.StartAsync(upstream.Address);
        await using var client = await RawHttp.ConnectAsync(gateway.Address);
        await client.SendAsync(RawHttp.Request("", "GET /stream HTTP/1.1", "Host: h"));

        var (status, headers) = await client.ReadHeadAsync();
        var first = await client.ReadChunkAsync();
        await (await upstream.Held).SayAsync("3\r\ntwo\r\n0\r\n\r\n");
        var second = await client.ReadChunkAsync();
        var last = await client.ReadChunkAsync();

        Assert.Equal(200, status);
        Assert.Contains(headers, header => header is { Key: "Cache-Status", Value: Unknown });
        Assert.Equal("one", Encoding.ASCII.GetString(first!));
        Assert.Equal("two", Encoding.ASCII.GetString(second!));
        Assert.Empty(last!);
    }

    [Fact]
    public async Task Trailers_OfIsl_ReachAClientOfHttp2()
    {
        var port = FreePort.Next();
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}", "Kestrel:Endpoints:GatewayH2c:Protocols=Http2");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/_sim/stream?n=3&interval_ms=0")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TE.ParseAdd("trailers");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("line 1\nline 2\nline 3\n", await answer.TextAsync());
        Assert.Equal(["done"], answer.TrailingHeaders.GetValues("X-Sim-Trailer"));
    }

    [Theory]
    [InlineData("Accept: */*")]
    [InlineData("TE: trailers")]
    public async Task Trailers_OfIsl_AreLeftOutForAClientOfHttp11(string header)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            "", "GET /_sim/stream?n=3&interval_ms=0 HTTP/1.1", "Host: h", header, "Connection: close"));

        Assert.Equal("line 1\nline 2\nline 3\n", answer.Text);
        Assert.True(answer.IsWhole);
        Assert.Empty(answer.Trailers);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\n12345\r\n")]
    public async Task Answer_ThatBreaksOff_IsBrokenForTheClientToo(string part)
    {
        await using var upstream = new ScriptedUpstream(Scripts.Says(part, AfterAnswer.Hold));
        await using var gateway = await GatewayUnderTest.StartAsync(upstream.Address);
        await using var client = await RawHttp.ConnectAsync(gateway.Address);

        await client.SendAsync(RawHttp.Request("", "GET /cut HTTP/1.1", "Host: h", "TE: trailers"));
        var (status, headers) = await client.ReadHeadAsync();
        (await upstream.Held).Reset();
        var answer = await client.ReadBodyAsync(status, headers);

        Assert.Equal(200, status);
        Assert.False(answer.IsWhole);
    }

    [Fact]
    public async Task IslGone_OnPassThrough_IsABadGateway()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await isl.StopAsync();

        using var answer = await gateway.Client.PostAsync(Isl.Teach, "{}");

        var problem = await answer.AssertProblemAsync(HttpStatusCode.BadGateway, "ISL_SERVICE_UNAVAILABLE", "upstream-unreachable");
        Assert.True(problem.GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task EveryAnswerOfTheDataPlane_SaysWhatTheGatewayDid()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        (string Request, string CacheStatus)[] expectations =
        [
            ($"GET {Echo} HTTP/1.1", Unknown),
            ("GET / HTTP/1.1", "IslGateway; fwd=bypass; fwd-status=404; detail=unknown-endpoint"),
            ("GET /health HTTP/1.1", "IslGateway; fwd=bypass; detail=endpoint-not-cached"),
            ("GET /metrics HTTP/1.1", "IslGateway; fwd=bypass; detail=endpoint-not-cached"),
            ("GET /health/services HTTP/1.1", "IslGateway; fwd=bypass; fwd-status=500; detail=endpoint-not-cached"),
            ($"POST {Isl.Teach} HTTP/1.1", "IslGateway; fwd=bypass; fwd-status=422; detail=endpoint-not-cached"),
            ($"POST {Isl.Update} HTTP/1.1", "IslGateway; fwd=bypass; fwd-status=422; detail=endpoint-not-cached"),
            ($"POST {Isl.Validate} HTTP/1.1", "IslGateway; fwd=bypass; fwd-status=422; detail=inexact-body"),
            ("GET /gateway/v1/nothing HTTP/1.1", "IslGateway; detail=unknown-gateway-path"),
        ];
        foreach (var (request, cacheStatus) in expectations)
        {
            var answer = await RawHttp.ExchangeAsync(
                gateway.Address, RawHttp.Request("", request, "Host: h", "Content-Length: 0", "Connection: close"));

            Assert.Equal((request, cacheStatus), (request, answer.Header("Cache-Status")));
            Assert.Matches(@"^gateway;dur=[0-9.]+, isl;dur=[0-9.]+$", answer.Header("Server-Timing"));
            Assert.Matches("^[A-Za-z0-9._:-]{1,100}$", answer.Header("X-Request-Id"));
        }
    }

    [Fact]
    public async Task ServerTiming_OnPassThrough_TellsIslsShareFromTheGateways()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        isl.State.Delay = TimeSpan.FromMilliseconds(300);

        using var answer = await gateway.Client.PostAsync(Isl.Teach, "{}");

        var timing = string.Join(", ", answer.Headers.GetValues("Server-Timing")).Split(", ")
            .ToDictionary(part => part.Split(";dur=")[0], part => double.Parse(part.Split(";dur=")[1], CultureInfo.InvariantCulture));
        Assert.InRange(timing["isl"], 290, 10_000);
        Assert.InRange(timing["gateway"], 0, 290);
    }

    [Fact]
    public async Task Listeners_WhateverHostTheCallerNames_ServeOnlyTheirOwn()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        foreach (var host in (string[])[gateway.Address.Authority, gateway.Management.Authority, "localhost", "evil.example"])
        {
            async Task<RawAnswer> AskAsync(Uri listener, string request) =>
                await RawHttp.ExchangeAsync(
                    listener,
                    RawHttp.Request(
                        "", request, $"Host: {host}", "Connection: close", "Content-Length: 0", "X-Forwarded-Host: x:8081",
                        "X-Forwarded-Port: 8081"));

            Assert.Contains(
                "isl_requests_total", (await AskAsync(gateway.Address, "GET /metrics HTTP/1.1")).Text, StringComparison.Ordinal);
            Assert.DoesNotContain("plot_isl", (await AskAsync(gateway.Address, "GET /metrics HTTP/1.1")).Text, StringComparison.Ordinal);
            Assert.Contains("config_fingerprint", (await AskAsync(gateway.Address, "GET /health HTTP/1.1")).Text, StringComparison.Ordinal);
            Assert.Contains("Simulated ISL", (await AskAsync(gateway.Address, "GET /docs HTTP/1.1")).Text, StringComparison.Ordinal);
            Assert.Equal("""{"detail":"Not Found"}""", (await AskAsync(gateway.Address, "GET /health/live HTTP/1.1")).Text);
            Assert.Equal("""{"detail":"Not Found"}""", (await AskAsync(gateway.Address, "GET /health/ready HTTP/1.1")).Text);

            Assert.Contains("plot_isl", (await AskAsync(gateway.Management, "GET /metrics HTTP/1.1")).Text, StringComparison.Ordinal);
            foreach (var path in (string[])["/health", "/ready", "/docs", "/openapi.json", "/cache/stats", Echo, "/_sim",
                "/gateway/v1/batch"])
            {
                var answer = await AskAsync(gateway.Management, $"GET {path} HTTP/1.1");
                Assert.Equal((path, 404), (path, answer.Status));
                Assert.Empty(answer.All("X-Isl-Simulated"));
            }

            Assert.Equal(404, (await AskAsync(gateway.Management, $"POST {Isl.Validate} HTTP/1.1")).Status);
        }

        Assert.Empty(isl.State.LastCalls(Isl.Validate));
    }

    [Fact]
    public async Task ClientThatLeaves_EndsItsCallAtIsl()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        isl.State.Hang(Isl.Teach);
        await using (var client = await RawHttp.ConnectAsync(gateway.Address))
        {
            await client.SendAsync(RawHttp.Request("{}", $"POST {Isl.Teach} HTTP/1.1", "Host: h", "Content-Length: 2"));
            await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Teach).Count == 1, Soon, "ISL has the call");
        }

        await Eventually.TrueAsync(
            async () => (await gateway.MetricsAsync()).Contains(
                $"isl_gateway_requests_total{{endpoint=\"{Isl.Teach}\",cache=\"caller-left\",code=\"499\"}} 1\n", StringComparison.Ordinal),
            Soon, "the exchange is counted as left");
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });

    private static async Task<JsonElement> EchoAsync(GatewayUnderTest gateway, string body, params string[] lines)
    {
        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(body, lines));
        Assert.True(answer.Status == 200, $"{answer.Status}: {answer.Text}");
        using var document = JsonDocument.Parse(answer.Body);
        return document.RootElement.Clone();
    }
}
