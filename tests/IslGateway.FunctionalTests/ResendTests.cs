using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// ISL closes a connection without saying so, and a call may be on its way over it just then: what may be sent twice is, over a connection
/// of its own; what may not never gets into that.
/// </summary>
public sealed class ResendTests
{
    private const string Outcome = "/api/v1/outcomes/o1";
    private const string Log = "/api/v1/outcomes/log";

    /// <summary>
    /// As many connections as callers wait idle, and each ends when the next call is on it: no second one of those is tried.
    /// </summary>
    [Fact]
    public async Task Resend_WithManyIdleConnectionsThatHaveEnded_TakesNoneOfThem()
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(1));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Retry:MaxAttempts=0", "Isl:IdleTimeout=1m");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            using var warm = await gateway.Client.PostAsync(Isl.Counterfactual, Body(i));
            Assert.Equal(HttpStatusCode.OK, warm.StatusCode);
        }));

        for (var i = 100; i < 110; i++)
        {
            var before = (isl.Answered, isl.CutOff);
            using var answer = await gateway.Client.PostAsync(Isl.Counterfactual, Body(i));
            Assert.Equal((HttpStatusCode.OK, before.Answered + 1), (answer.StatusCode, isl.Answered));
            Assert.InRange(isl.CutOff, before.CutOff, before.CutOff + 1);
        }
    }

    [Theory]
    [InlineData("POST", Isl.Teach, false)]
    [InlineData("POST", Isl.Teach, true)]
    [InlineData("GET", "/api/v1/outcomes/summary", false)]
    [InlineData("GET", "/nowhere", false)]
    [InlineData("GET", "/nowhere", true)]
    public async Task Call_ThatOnlyComputesAndMeetsTheEndOfAConnection_IsSentAgainOverANewOne(string method, string path, bool resets)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(1, resets));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:IdleTimeout=1m");
        for (var i = 0; i < 6; i++) Assert.Equal(HttpStatusCode.OK, await SendAsync(gateway, method, path, Body(i)));
        Assert.Equal((6, 3), (isl.Answered, isl.CutOff));
    }

    [Theory]
    [InlineData("POST", Isl.Update)]
    [InlineData("POST", Log)]
    [InlineData("PATCH", Outcome)]
    [InlineData("POST", "/nowhere")]
    [InlineData("DELETE", "/nowhere")]
    public async Task Call_ThatMayChangeSomething_NeverMeetsTheEndOfAConnection(string method, string path)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(1));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:IdleTimeout=1m");
        for (var i = 0; i < 4; i++)
        {
            using var other = await gateway.Client.PostAsync(Isl.Counterfactual, Body(i));
            Assert.Equal(HttpStatusCode.OK, await SendAsync(gateway, method, path, """{"user_id":"u","query_id":"q","response":"A"}"""));
        }

        Assert.Equal(8, isl.Answered);
        Assert.Equal(2, isl.CutOff);
    }

    /// <summary>A body that ends the connection whenever it comes is sent twice, and not once more.</summary>
    [Theory]
    [InlineData(Isl.Teach, 2)]
    [InlineData(Isl.Update, 1)]
    [InlineData("/nowhere", 1)]
    public async Task Call_ThatCrashesIsl_IsNotSentOnAndOn(string path, int sends)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(0));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        Assert.Equal(HttpStatusCode.BadGateway, await SendAsync(gateway, "POST", path, Body(1)));
        Assert.Equal(sends, isl.CutOff);
    }

    [Theory]
    [InlineData("502 Bad", Isl.Teach, 200, 2)]
    [InlineData("503 Busy", Isl.Teach, 200, 2)]
    [InlineData("503 Busy\r\nRetry-After: 0", Isl.Teach, 200, 2)]
    [InlineData("503 Busy\r\nRetry-After: 2", Isl.Teach, 503, 1)]
    [InlineData("500 Error", Isl.Teach, 500, 1)]
    [InlineData("504 Late", Isl.Teach, 504, 1)]
    [InlineData("503 Busy", "/nowhere", 503, 1)]
    [InlineData("503 Busy", Log, 503, 1)]
    public async Task Answer_OfARowThatOnlyComputes_IsAskedForOnceMoreWhenIslIsBusy(string first, string path, int status, int sends)
    {
        await using var isl = new ScriptedUpstream(Scripts.FirstThen(Says(first, "first"), Says("200 OK", "second")), Scripts.NotFound);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        using var answer = await gateway.Client.PostAsync(path, Body(1));
        Assert.Equal(
            (status, status == 200 ? "second" : "first", sends), ((int)answer.StatusCode, await answer.TextAsync(), isl.Calls.Count));
        Assert.Equal(status == 200 ? "2" : "1", answer.Headers.GetValues("X-Answer").Single());
    }

    /// <summary>Whatever the answers before it said, in headers too, is gone.</summary>
    [Fact]
    public async Task Answer_OfTheLastAttempt_IsTheCallersWhateverItSays()
    {
        await using var isl = new ScriptedUpstream(
            Scripts.FirstThen(Says("503 Busy\r\nX-First: 1", "1"), Says("503 Busy", "2")), Scripts.NotFound);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        using var answer = await gateway.Client.PostAsync(Isl.Teach, Body(1));
        Assert.Equal((503, "2", 2), ((int)answer.StatusCode, await answer.TextAsync(), isl.Calls.Count));
        Assert.False(answer.Headers.Contains("X-First"));
    }

    /// <summary>A replica that has gone is not asked twice: the body goes to another, from its first byte on.</summary>
    [Theory]
    [InlineData(200)]
    [InlineData(300_000)]
    public async Task Body_OfACallThatIsSentAgain_IsTheWholeOne(int size)
    {
        await using var echo = await EchoUpstream.StartAsync();
        await using var cutting = new ScriptedUpstream(Scripts.ComputesThenEnds(0));
        await using var gateway = await GatewayUnderTest.StartAsync([cutting.Address, echo.Address]);
        for (var i = 0; i < 10; i++)
        {
            var body = Encoding.UTF8.GetBytes(Body(i) + new string(' ', size));
            using var request = Isl.Post(Isl.Teach, body);
            request.Headers.TransferEncodingChunked = i % 2 == 0;
            using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(body, EchoUpstream.BodyIn(await answer.TextAsync()));
        }

        Assert.Equal(10, echo.Asked);
    }

    private static async Task<HttpStatusCode> SendAsync(GatewayUnderTest gateway, string method, string path, string body)
    {
        using var request = method is "GET" or "HEAD" ? new HttpRequestMessage(new HttpMethod(method), path) : Isl.Post(path, body);
        request.Method = new HttpMethod(method);
        using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static Script Says(string status, string text) => Scripts.Says(
        $"HTTP/1.1 {status}\r\nX-Answer: {(text == "second" ? 2 : 1)}\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}");

    private static string Body(int n) => Isl.CounterfactualBody.Replace("60", $"{1_000 + n}", StringComparison.Ordinal);
}
