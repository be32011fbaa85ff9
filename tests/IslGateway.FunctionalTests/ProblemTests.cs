using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>Errors that the gateway makes have one shape, and every request has one identity.</summary>
public sealed class ProblemTests
{
    private const string NewId = "^req_[0-9a-f]{12}$";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task OnlyIfCached_WithNothingStored_IsAProblem()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var answer = await gateway.Client.PostAsync(
            Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached", "X-Request-Id: mine");

        await answer.AssertProblemAsync(HttpStatusCode.GatewayTimeout, "ISL_GATEWAY_NOT_CACHED", "only-if-cached");
        Assert.Equal("mine", answer.RequestId());
        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Fact]
    public async Task ReservedPath_WithNothingThere_IsAProblem()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var answer = await gateway.Client.PostAsync("/gateway/v1/nothing", "{}");

        await answer.AssertProblemAsync(HttpStatusCode.NotFound, "ISL_GATEWAY_NOT_FOUND", "unknown-gateway-path");
        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Fact]
    public async Task Deadline_Passed_IsAProblemThatAsksForARetry()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        isl.State.Hang(Isl.Validate);

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Timeout-Ms: 100");
        isl.State.ReleaseHang();

        var problem = await answer.AssertProblemAsync(HttpStatusCode.GatewayTimeout, "ISL_TIMEOUT", "deadline-passed");
        Assert.True(problem.GetProperty("retryable").GetBoolean());
        Assert.Contains("0.1 s", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task UpstreamTimeout_Passed_IsAProblem()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Endpoints:CausalValidate:UpstreamTimeout=100ms", "Endpoints:CausalValidate:Timeout=100ms");
        isl.State.Hang(Isl.Validate);

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        isl.State.ReleaseHang();

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("ISL_TIMEOUT", JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task IslGone_IsAProblemOnACacheableRow()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await isl.StopAsync();

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        await answer.AssertProblemAsync(HttpStatusCode.BadGateway, "ISL_SERVICE_UNAVAILABLE", "upstream-unreachable");
    }

    [Fact]
    public async Task AnswerCutShort_IsAProblemOnACacheableRow()
    {
        await using var isl = new ScriptedUpstream(Scripts.BreaksOff);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        await answer.AssertProblemAsync(HttpStatusCode.BadGateway, "ISL_SERVICE_UNAVAILABLE", "upstream-truncated");
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("")]
    [InlineData("{\"a\":NaN}")]
    public async Task AnswerThatIsNotJson_IsAProblemOnACacheableRow(string body)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        isl.State.Update(knobs => knobs with { RawBodies = [new(Isl.Validate, body)] });

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        await answer.AssertProblemAsync(HttpStatusCode.BadGateway, "ISL_COMPUTATION_ERROR", "invalid-answer");
    }

    [Fact]
    public async Task QueueFull_IsAProblemThatAsksForARetry()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:MaxConcurrentUpstream=1", "Limits:MaxQueue=0");
        isl.State.Hang(Isl.Validate);
        var holder = gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Validate).Count == 1, Soon, "ISL has the first call");

        using var answer = await gateway.Client.PostAsync(
            Isl.Validate, Isl.ValidateBody.Replace("Price", "Cost", StringComparison.Ordinal));
        isl.State.ReleaseHang();
        using var held = await holder;

        await answer.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", "overloaded");
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, held.StatusCode);
    }

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    [InlineData("/other")]
    public async Task Body_TooSlow_IsAProblemThatNamesTheSettingAndMayBeTriedAgain(string path)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:RateGracePeriod=2s");

        var answer = await RawHttp.ExchangeAsync(
            gateway.Address,
            RawHttp.Request("{", $"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", "Content-Length: 1000"));

        Assert.Equal((408, "close"), (answer.Status, answer.Header("Connection")));
        using var problem = JsonDocument.Parse(answer.Body);
        Assert.Equal(
            ("gateway_slow_body", "ISL_GATEWAY_SLOW_BODY"),
            (problem.RootElement.GetProperty("reason").GetString(), problem.RootElement.GetProperty("code").GetString()));
        Assert.Contains("Limits:MinTransferRate", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(problem.RootElement.GetProperty("retryable").GetBoolean());
    }

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    public async Task ChunkedBody_Malformed_IsRefusedAndTheConnectionClosed(string path)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        // Smuggled behind the broken chunk: it must never be read as a request.
        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            "zz\r\n{}\r\n0\r\n\r\nGET /_sim/smuggled HTTP/1.1\r\nHost: h\r\n\r\n", $"POST {path} HTTP/1.1", "Host: h",
            "Transfer-Encoding: chunked"));

        Assert.Equal(400, answer.Status);
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal("close", answer.Header("Connection"));
        using var problem = JsonDocument.Parse(answer.Body);
        Assert.Equal("gateway_malformed_request", problem.RootElement.GetProperty("reason").GetString());
        Assert.Equal(answer.Header("X-Request-Id"), problem.RootElement.GetProperty("request_id").GetString());
        Assert.Empty(isl.State.LastCalls(path));
    }

    [Fact]
    public async Task Head_ToAPathOfTheGateway_HasNoBody()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await using var client = await RawHttp.ConnectAsync(gateway.Address);

        await client.SendAsync(RawHttp.Request("", "HEAD /gateway/v1/nothing HTTP/1.1", "Host: h"));
        var head = await client.ReadAnswerAsync(isHead: true);
        await client.SendAsync(RawHttp.Request("", "GET /gateway/v1/nothing HTTP/1.1", "Host: h"));
        var next = await client.ReadAnswerAsync();

        Assert.Equal(404, head.Status);
        Assert.Equal(404, next.Status);
        Assert.Equal(head.Header("Content-Length"), next.Header("Content-Length"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A.b_C:d-9")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task RequestId_WellFormed_IsKeptOnTheWayUpAndDown(string id)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var miss = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: {id}");
        using var taught = await gateway.Client.PostAsync(Isl.Teach, "{}", $"X-Request-Id: {id}");
        using var refused = await gateway.Client.PostAsync(Isl.Validate, "x", $"X-Request-Id: {id}", "Content-Encoding: gzip");

        Assert.All([miss, taught, refused], answer => Assert.Equal(id, answer.RequestId()));
        Assert.Equal(id, Assert.Single(isl.State.LastCalls(Isl.Validate)).Header("X-Request-Id"));
        Assert.Equal(id, Assert.Single(isl.State.LastCalls(Isl.Teach)).Header("X-Request-Id"));
        Assert.Contains(
            $"\"request_id\":\"{id}\"", (await miss.TextAsync()).Replace(": ", ":", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Request-Id: with space")]
    [InlineData("X-Request-Id: \"quoted\"")]
    [InlineData("X-Request-Id: caf\u00e9")]
    [InlineData("X-Request-Id: a,b")]
    [InlineData("X-Request-Id: a/b")]
    [InlineData("X-Request-Id:")]
    [InlineData("X-Request-Id: 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    [InlineData("X-Request-Id: one\r\nX-Request-Id: two")]
    [InlineData("X-Request-Id: same\r\nx-request-id: same")]
    [InlineData("X-Other: none")]
    public async Task RequestId_MissingOrMalformed_IsReplacedByOneForAll(string header)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        Task<RawAnswer> PostAsync(string body, string contentType = "application/json", string other = "X-None: x") =>
            RawHttp.ExchangeAsync(
            gateway.Address,
            RawHttp.Request(
                body, $"POST {Isl.Validate} HTTP/1.1", "Host: h", "Connection: close", $"Content-Type: {contentType}",
                $"Content-Length: {body.Length}", header, other));

        var miss = await PostAsync(Isl.ValidateBody);
        var bypassed = await PostAsync(Isl.ValidateBody, "text/plain");
        var refused = await PostAsync("x", other: "Content-Encoding: gzip");

        Assert.All([miss, bypassed, refused], answer => Assert.Matches(NewId, answer.Header("X-Request-Id")));
        Assert.Equal(3, new[] { miss, bypassed, refused }.Select(answer => answer.Header("X-Request-Id")).Distinct().Count());
        Assert.Equal(
            [miss.Header("X-Request-Id"), bypassed.Header("X-Request-Id")],
            isl.State.LastCalls(Isl.Validate)
                .Select(
                    call => string.Join(
                        '|',
                        call.Headers.Where(h => h.Key.Equals("X-Request-Id", StringComparison.OrdinalIgnoreCase)).Select(h => h.Value))));
        Assert.Equal(
            miss.Header("X-Request-Id"),
            JsonDocument.Parse(miss.Body).RootElement.GetProperty("_metadata").GetProperty("request_id").GetString());
        Assert.Equal(refused.Header("X-Request-Id"), JsonDocument.Parse(refused.Body).RootElement.GetProperty("request_id").GetString());
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
}
