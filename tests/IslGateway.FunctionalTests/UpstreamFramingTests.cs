using System.Text;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Tiers;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Telemetry;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>An answer that is not whole, or does not say clearly where it ends, is nobody's answer; and it spoils no other.</summary>
public sealed class UpstreamFramingTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string Body = """{"status":"identifiable","_metadata":{"config_fingerprint":"cb0a8a533671"}}""";
    private const string Smuggled = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"evil\":true}";
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";

    private static readonly int Length = Body.Length;
    private static readonly string Flood =
        string.Concat(Enumerable.Range(0, 3000).Select(n => $"X-{n}: {new string('a', 100)}\r\n"));

    private static readonly string Interim =
        string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n", 1000));

    private static readonly string Chunk = $"{Length:x}\r\n{Body}\r\n";

    /// <summary>
    /// What is wrong; the answer's bytes; whether a passed-through one must be refused too, or may break off for the client.
    /// </summary>
    public static TheoryData<string, string, bool> Broken() => new()
    {
        { "cut short", $"{Head}Content-Length: {Length + 10}\r\n\r\n{Body}", false },
        { "cut short in a chunk", $"{Head}{Chunked}ff\r\n{Body}", false },
        { "no last chunk", $"{Head}{Chunked}{Chunk}", false },
        { "both lengths", $"{Head}Content-Length: {Length}\r\n{Chunked}{Chunk}0\r\n\r\n", true },
        { "both lengths, the other order", $"{Head}Transfer-Encoding: chunked\r\nContent-Length: {Length}\r\n\r\n{Chunk}0\r\n\r\n", true },
        { "length twice, the same", $"{Head}Content-Length: {Length}\r\nContent-Length: {Length}\r\n\r\n{Body}", true },
        { "length twice, different", $"{Head}Content-Length: {Length}\r\nContent-Length: {Length - 1}\r\n\r\n{Body}", true },
        { "length as a list", $"{Head}Content-Length: {Length}, {Length}\r\n\r\n{Body}", true },
        { "length with a sign", $"{Head}Content-Length: +{Length}\r\n\r\n{Body}", true },
        { "length in letters", $"{Head}Content-Length: all\r\n\r\n{Body}", true },
        { "negative length", $"{Head}Content-Length: -1\r\n\r\n{Body}", true },
        { "empty length", $"{Head}Content-Length:\r\n\r\n{Body}", true },
        { "another coding", $"{Head}Transfer-Encoding: identity\r\n\r\n{Body}", true },
        { "two codings", $"{Head}Transfer-Encoding: gzip, chunked\r\n\r\n{Chunk}0\r\n\r\n", true },
        { "chunked twice", $"{Head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk}0\r\n\r\n", true },
        { "chunk size in letters", $"{Head}{Chunked}zz\r\n{Body}\r\n0\r\n\r\n", false },
        { "negative chunk size", $"{Head}{Chunked}-1\r\n{Body}\r\n0\r\n\r\n", false },
        { "chunk size out of range", $"{Head}{Chunked}fffffffffffffffff\r\n{Body}\r\n0\r\n\r\n", false },
        { "chunk longer than its size", $"{Head}{Chunked}1\r\n{Body}\r\n0\r\n\r\n", false },
        { "header flood", $"{Head}{Flood}Content-Length: {Length}\r\n\r\n{Body}", true },
        { "garbage first", $"garbage\r\n{Head}Content-Length: {Length}\r\n\r\n{Body}", true },
        { "no status", $"HTTP/1.1\r\nContent-Length: {Length}\r\n\r\n{Body}", true },
        { "nothing", "", true },
        { "half a head", Head, true },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Answer_BrokenOnTheWire_IsABadGatewayAndSpoilsNothing(string what, string answer, bool isRefusedWhenPassed)
    {
        await using var stage = await Stage.StartAsync();
        stage.Front.Answer = Scripts.Says(answer);

        var filled = await stage.PostAsync(Isl.Validate);
        var passed = await PassedAsync(stage);

        Assert.True(filled.Status == 502 && filled.IsWhole, $"{what}: {filled.Status} {filled.Text}");
        Assert.Equal("application/problem+json", filled.Header("Content-Type"));
        Assert.True(
            passed is { Status: 502 } || (!isRefusedWhenPassed && passed is not { IsWhole: true }),
            $"{what}: {passed?.Status} {passed?.Text}");
        await stage.IsUnspoiltAsync();
    }

    [Theory]
    [InlineData("longer than said, cut in the JSON", -5, 502)]
    [InlineData("longer than said, behind whole JSON", 0, 200)]
    public async Task Answer_LongerThanItSays_EndsWhereItSaid(string what, int shorter, int status)
    {
        await using var stage = await Stage.StartAsync();
        stage.Front.Answer = Scripts.Says($"{Head}Content-Length: {Length + shorter}\r\n\r\n{Body}{Smuggled}", AfterAnswer.Hold);

        var answer = await stage.PostAsync(Isl.Validate);

        Assert.True(answer.Status == status, $"{what}: {answer.Status} {answer.Text}");
        Assert.DoesNotContain("evil", answer.Text, StringComparison.Ordinal);
        if (status == 200) Assert.Equal(Body, answer.Text);
        stage.Front.Answer = Scripts.Forward(stage.Host.BaseAddress);
        for (var i = 0; i < 5; i++) Assert.DoesNotContain("evil", (await stage.PostAsync(Isl.Teach)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("drips")]
    [InlineData("drips chunks")]
    [InlineData("drips its head")]
    [InlineData("interim answers without end")]
    [InlineData("silence")]
    public async Task Answer_ThatDoesNotEndInTime_IsGivenUp(string what)
    {
        await using var stage = await Stage.StartAsync(
            "Endpoints:CausalValidate:Timeout=1s", "Endpoints:CausalValidate:UpstreamTimeout=1s");
        var pause = TimeSpan.FromMilliseconds(20);
        stage.Front.Answer = what switch
        {
            "drips" => Scripts.Endless($"{Head}Content-Length: 100000\r\n\r\n", " ", pause),
            "drips chunks" => Scripts.Endless($"{Head}{Chunked}", "1\r\n \r\n", pause),
            "drips its head" => Scripts.Endless(Head, "X-A: a\r\n", pause),
            "interim answers without end" =>
                Scripts.Endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", TimeSpan.FromMilliseconds(1)),
            _ => Scripts.Silence,
        };

        var answer = await stage.PostAsync(Isl.Validate);

        Assert.True(answer.Status == 504, $"{what}: {answer.Status} {answer.Text}");
        await stage.IsUnspoiltAsync();
    }

    [Fact]
    public async Task Answer_BehindInterimOnes_IsTheAnswer()
    {
        await using var stage = await Stage.StartAsync();
        stage.Front.Answer = Scripts.Says(
            $"{Interim}{Head}Content-Length: {Length}\r\n\r\n{Body}");

        Assert.Equal(Body, (await stage.PostAsync(Isl.Validate)).Text);
    }

    [Theory]
    [InlineData("gzip without a label", false, true, 502)]
    [InlineData("plain, labelled gzip", true, false, 200)]
    [InlineData("gzip, labelled", true, true, 200)]
    public async Task Answer_EncodedOrMislabelled_IsNeverStored(string what, bool isLabelled, bool isPacked, int status)
    {
        await using var stage = await Stage.StartAsync();
        var body = isPacked ? Encoding.Latin1.GetString(Packed.Gzip(Body)) : Body;
        stage.Front.Answer = Scripts.Says(
            $"{Head}{(isLabelled ? "Content-Encoding: gzip\r\n" : "")}Content-Length: {body.Length}\r\n\r\n{body}");

        var answer = await stage.PostAsync(Isl.Validate);

        Assert.True(answer.Status == status, $"{what}: {answer.Status} {answer.Text}");
        if (status == 200) Assert.Equal("gzip", answer.Header("Content-Encoding"));
        await stage.IsUnspoiltAsync();
    }

    /// <summary>Without a length the end of the connection is the end of the answer; that it is whole is what its JSON shows.</summary>
    [Theory]
    [InlineData("HTTP/1.0", 0, 200)]
    [InlineData("HTTP/1.1", 0, 200)]
    [InlineData("HTTP/1.0", 1, 502)]
    [InlineData("HTTP/1.1", 40, 502)]
    public async Task Answer_EndedByItsConnection_CountsIfItsJsonIsWhole(string version, int missing, int status)
    {
        await using var stage = await Stage.StartAsync();
        stage.Front.Answer = Scripts.Says($"{version} 200 OK\r\nContent-Type: application/json\r\n\r\n{Body[..^missing]}");

        var answer = await stage.PostAsync(Isl.Validate);

        Assert.Equal(status, answer.Status);
        if (status == 200) Assert.Equal(Body, answer.Text);
        else await stage.IsUnspoiltAsync();
    }

    /// <summary>What a client gets that asks past the cache; null if its connection ends before an answer.</summary>
    private static async Task<RawAnswer?> PassedAsync(Stage stage)
    {
        try
        {
            return await stage.PostAsync(Isl.Teach);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A gateway before an ISL whose answers a test can replace.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private int _ids;

        public required SimulatorHost Host { get; init; }

        public required ScriptedUpstream Front { get; init; }

        public required GatewayUnderTest Gateway { get; init; }

        public static async Task<Stage> StartAsync(params string[] settings)
        {
            var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
            var front = ScriptedUpstream.Before(isl.BaseAddress);
            return new Stage { Host = isl, Front = front, Gateway = await GatewayUnderTest.StartAsync(front.Address, settings) };
        }

        public Task<RawAnswer> PostAsync(string path) => RawHttp.ExchangeAsync(Gateway.Address, RawHttp.Request(
            Isl.ValidateBody, $"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json",
            $"Content-Length: {Isl.ValidateBody.Length}", "Connection: close",
            "Accept-Encoding: identity", $"X-Request-Id: own-{Interlocked.Increment(ref _ids)}-"));

        /// <summary>Nothing was stored, and the next request is answered by ISL with its own answer.</summary>
        public async Task IsUnspoiltAsync()
        {
            // A fill that has given up is joined by nobody any more once it is off the board.
            var (metrics, flights) = (Gateway.Services.GetRequiredService<GatewayMetrics>(),
                Gateway.Services.GetRequiredService<SingleFlight>());
            await Eventually.TrueAsync(
                () => metrics.UpstreamInflight.Value == 0 && flights.Count == 0, TimeSpan.FromSeconds(60), "the call is over");
            Assert.Equal(0, Gateway.Services.GetRequiredService<MemoryStore>().Entries);
            Front.Answer = Scripts.Forward(Host.BaseAddress);
            var next = await PostAsync(Isl.Validate);
            Assert.Equal(200, next.Status);
            Assert.Contains($"\"own-{_ids}-\"", next.Text, StringComparison.Ordinal);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Front.DisposeAsync();
            await Host.DisposeAsync();
        }
    }
}
