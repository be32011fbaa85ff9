using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IslGateway.FunctionalTests;

/// <summary>
/// ISL answers before it has read the whole body: the caller has that answer, whatever ISL does with the connection, and nobody failed.
/// </summary>
public sealed class EarlyAnswerTests
{
    private const string Refusal = """{"code":"ISL_REQUEST_TOO_LARGE","message":"too large"}""";
    private const string Nowhere = "/nowhere";
    private const int Large = 2_000_000;

    /// <summary>The end of a connection whose body is unread is a reset.</summary>
    public static TheoryData<string> Ends { get; } = [nameof(AfterAnswer.Finish), nameof(AfterAnswer.Hold), nameof(AfterAnswer.Close)];

    public static TheoryData<int, string> SizesAndEnds { get; } = new MatrixTheoryData<int, string>([Large, 900_000, 20_000], [.. Ends]);

    [Theory]
    [MemberData(nameof(SizesAndEnds))]
    public async Task Refusal_BeforeTheBodyIsRead_ReachesTheCallerAndIsSentOnce(int size, string then)
    {
        await using var isl = Start(then, Message(413));
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, "Cooldown:Failures=1", "Circuit:MinimumFailures=2", "Circuit:SamplingDuration=5m");
        foreach (var path in (string[])[Isl.Validate, Isl.Validate, Isl.Teach, Isl.Update, Nowhere])
        {
            var before = isl.Calls.Count;
            await IsRefusedAsync(gateway, path, size);
            Assert.Equal(before + 1, isl.Calls.Count);
        }

        Assert.DoesNotContain("state=\"open\"} 1", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    /// <summary>No announcement: the body is under way when the refusal comes.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Refusal_OfABodyThatWasNotAnnounced_ReachesTheCallerToo(string then)
    {
        await using var isl = Start(then, Message(413));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:ExpectContinueFrom=0");
        foreach (var path in (string[])[Isl.Validate, Nowhere])
        {
            await IsRefusedAsync(gateway, path, Large);
            Assert.DoesNotContain("Expect:", isl.Calls[^1].Head, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>ISL asks for the body, and thinks better of it.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Refusal_AfterTheBodyWasAskedFor_ReachesTheCaller(string then)
    {
        await using var isl = Start(then, "HTTP/1.1 100 Continue\r\n\r\n" + Message(413));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        foreach (var path in (string[])[Isl.Validate, Nowhere]) await IsRefusedAsync(gateway, path, Large);
        Assert.Equal(2, isl.Calls.Count);
    }

    /// <summary>Interim answers are none: the body goes on.</summary>
    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")]
    public async Task Refusal_AfterInterimAnswers_ReachesTheCaller(string interim)
    {
        await using var isl = Start(nameof(AfterAnswer.Hold), interim + Message(401));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:ExpectContinueFrom=0");
        await IsAnsweredAsync(gateway, Nowhere, Large, 401);
    }

    /// <summary>A good answer to a body that ISL does not want to the end is an answer as well.</summary>
    [Fact]
    public async Task Success_WithTheRestOfTheBodyUnread_ReachesTheCaller()
    {
        await using var isl = Start(nameof(AfterAnswer.Hold), Message(200));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        await IsAnsweredAsync(gateway, Nowhere, Large, 200);
    }

    [Theory]
    [InlineData("1MiB", 1 << 20, true)]
    [InlineData("1MiB", (1 << 20) - 1, false)]
    [InlineData("100B", 100, true)]
    [InlineData("0", 1 << 20, false)]
    public async Task Body_FromTheSizeSet_IsAnnounced(string from, int size, bool isAnnounced)
    {
        await using var isl = Start(nameof(AfterAnswer.Close), Message(413));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, $"Isl:ExpectContinueFrom={from}");
        foreach (var path in (string[])[Isl.Validate, Nowhere])
        {
            await IsRefusedAsync(gateway, path, size);
            Assert.Equal(isAnnounced, isl.Calls[^1].Head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>A server that knows nothing of announcements gets the body all the same.</summary>
    [Fact]
    public async Task Body_AnnouncedToWhoIgnoresIt_IsSentAfterAShortWait()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Body(2 << 20));
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, isl.Answered));
    }

    /// <summary>Over HTTP/2 an answer needs no help; that the body was not read to its end is no failure either.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("1MiB")]
    public async Task Refusal_OverHttp2_ReachesTheCaller(string from)
    {
        await using var isl = await EchoUpstream.StartAsync(listen => listen.Protocols = HttpProtocols.Http2);
        isl.Refuses = true;
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, "Isl:HttpVersion=2", $"Isl:ExpectContinueFrom={from}", "Cooldown:Failures=1");
        foreach (var path in (string[])[Isl.Validate, Isl.Validate, Isl.Teach, Isl.Update, Nowhere])
            await IsAnsweredAsync(gateway, path, Large, 413, "");

        Assert.Equal(5, isl.Asked);
    }

    private static Task IsRefusedAsync(GatewayUnderTest gateway, string path, int size) => IsAnsweredAsync(gateway, path, size, 413);

    private static async Task IsAnsweredAsync(GatewayUnderTest gateway, string path, int size, int status, string text = Refusal)
    {
        var answer = await RawHttp.ExchangeAsync(gateway.Address, RawHttp.Request(
            Body(size), $"POST {path} HTTP/1.1", "Host: gateway.test", "Content-Type: application/json", $"Content-Length: {size}"));
        Assert.Equal((status, text), (answer.Status, answer.Text));
    }

    private static ScriptedUpstream Start(string then, string answer) =>
        new(Scripts.Says(answer, Enum.Parse<AfterAnswer>(then))) { IsEarly = true };

    private static string Message(int status) => Scripts.Message($"{status} X", Refusal, "Connection: close\r\n");

    /// <summary>A JSON body of that many bytes, in which no user is named.</summary>
    private static string Body(int size) => $$"""{"user_id":"u","x":"{{new string('x', size - 22)}}"}""";
}
