using System.Net;
using System.Text;
using System.Text.Json;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Whatever health says or does, it decides what may be stored and found, never whether ISL is asked.</summary>
public sealed class HealthTests
{
    private const string Json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string OtherBuild = """{"config_fingerprint":"cb0a8a533671","version":"1.0.0","build":"sim-9999"}""";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Unknown = "IslGateway; fwd=bypass; detail=unknown-epoch";
    private const string Dominance = "/api/v1/analysis/dominance";
    private const string OptionsBody = """{"options":[{"id":"a"},{"id":"b"}],"criteria":["x"]}""";

    /// <summary>Bytes that a poll may take of an endless answer: what it reads of it, and what the sockets between hold.</summary>
    private const long MostTaken = 32 << 20;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("fingerprint is an object")]
    [InlineData("fingerprint of a megabyte")]
    [InlineData("gzip")]
    [InlineData("another build, in gzip")]
    [InlineData("html")]
    [InlineData("500 with a report")]
    [InlineData("redirect to itself")]
    [InlineData("redirect elsewhere")]
    [InlineData("refused")]
    [InlineData("silent")]
    [InlineData("garbage")]
    [InlineData("endless body")]
    [InlineData("endless chunks")]
    [InlineData("endless headers")]
    [InlineData("endless interim answers")]
    [InlineData("dripping")]
    public async Task Health_Odd_OnlyAgesTheEpochUntilItIsWellAgain(string what)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var elsewhere = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "sim-9999" });
        await using var front = ScriptedUpstream.Before(isl.BaseAddress);
        await using var gateway = await GatewayUnderTest.StartAsync(
            front.Address, "Isl:EpochMaxAge=800ms", "Isl:HealthInterval=50ms", "Isl:HealthTimeout=300ms");
        var replica = Assert.Single(gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        await BecomesAsync(gateway, "detail=memory");
        var known = replica.Epoch;
        long taken = 0;

        front.Health = Odd(what, elsewhere.BaseAddress, bytes => Interlocked.Add(ref taken, bytes));
        await BecomesAsync(gateway, Unknown);
        await front.IsPolledAsync();

        Assert.Equal(known, replica.Epoch);
        Assert.NotNull(replica.Trouble);
        var perPoll = Interlocked.Read(ref taken) / Math.Max(1, front.Polls);
        Assert.True(perPoll < MostTaken, $"{perPoll} bytes per poll");
        Assert.Equal(0, elsewhere.State.HealthCalls);

        front.Health = Scripts.Forward(isl.BaseAddress);
        await BecomesAsync(gateway, "detail=memory");
    }

    [Fact]
    public async Task Health_SlowWhileAnswersNameTheirBuild_AgesNothing()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Isl:HealthInterval=50ms", "Isl:HealthTimeout=200ms");
        await BecomesAsync(gateway, "detail=memory");
        isl.State.Hang("/health");

        // Far longer in all than the minute after which an epoch without evidence is unknown.
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                Stored,
                await StatusAsync(gateway, Isl.Counterfactual, Isl.CounterfactualBody.Replace("60", $"{i}", StringComparison.Ordinal)));
            gateway.Time.Pass(TimeSpan.FromSeconds(40));
        }

        isl.State.ReleaseHang();
    }

    [Fact]
    public async Task Health_NamesAnotherBuildThanTheAnswers_NothingIsStored()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var front = ScriptedUpstream.Before(isl.BaseAddress);
        front.Health = Report(OtherBuild);
        await using var gateway = await GatewayUnderTest.StartAsync(front.Address, "Isl:HealthInterval=50ms");

        for (var i = 0; i < 5; i++)
        {
            Assert.Contains(await StatusAsync(gateway), (string[])["IslGateway; fwd=miss; detail=foreign-epoch", Unknown]);
            await front.IsPolledAsync();
        }

        front.Health = Scripts.Forward(isl.BaseAddress);
        await BecomesAsync(gateway, "detail=memory");
    }

    [Theory]
    [InlineData("""{"version":"1.0.0","build":"sim-0001"}""")]
    [InlineData("""{"config_fingerprint":null,"version":"1.0.0","build":"sim-0001"}""")]
    public async Task Health_WithoutFingerprint_StoresOnlyWhatNamesNone(string body)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var front = ScriptedUpstream.Before(isl.BaseAddress);
        front.Health = Report(body);
        await using var gateway = await GatewayUnderTest.StartAsync(front.Address, "Isl:HealthInterval=50ms");

        await BecomesAsync(gateway, "detail=memory", Dominance, OptionsBody);
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains(await StatusAsync(gateway), (string[])["IslGateway; fwd=miss; detail=foreign-epoch", Unknown]);
            await front.IsPolledAsync();
        }
    }

    [Fact]
    public async Task Ready_OneReplicaDoesNotKnowItsBuild_SaysSoWhicheverReportedLast()
    {
        await using var known = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var unknown = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "unknown" });
        await using var gateway = await GatewayUnderTest.StartAsync([known.BaseAddress, unknown.BaseAddress], "Isl:HealthInterval=50ms");
        await Eventually.TrueAsync(
            () => gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas.All(replica => replica.Epoch is not null), Soon,
            "both have reported");

        var epochs = new HashSet<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                using var ready = JsonDocument.Parse(
                    await gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
                Assert.Equal("degraded", ready.RootElement.GetProperty("status").GetString());
                Assert.Contains("(isl-2)", ready.RootElement.GetProperty("warning").GetString(), StringComparison.Ordinal);
                epochs.Add(ready.RootElement.GetProperty("epoch").GetString()!);
                return epochs.Count == 2;
            },
            Soon, "each replica was the last to report");
    }

    private static Script Odd(string what, Uri elsewhere, Action<int> sent) => what switch
    {
        "fingerprint is an object" => Report("""{"config_fingerprint":{},"version":"1.0.0","build":"sim-0001"}"""),
        "fingerprint of a megabyte" =>
            Report($$"""{"config_fingerprint":"{{new string('f', 1 << 20)}}","version":"1.0.0","build":"sim-0001"}"""),
        "gzip" => Report(Encoding.Latin1.GetString(Packed.Gzip(OtherBuild))),
        "another build, in gzip" => Report(Encoding.Latin1.GetString(Packed.Gzip(OtherBuild)), "Content-Encoding: gzip\r\n"),
        "html" => Scripts.Says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<html>healthy</html>\r\n"),
        "500 with a report" =>
            Scripts.Says($"HTTP/1.1 500 Internal Server Error\r\nContent-Length: {OtherBuild.Length}\r\n\r\n{OtherBuild}"),
        "redirect to itself" => Scripts.Says("HTTP/1.1 302 Found\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n"),
        "redirect elsewhere" =>
            Scripts.Says($"HTTP/1.1 302 Found\r\nLocation: {elsewhere}health\r\nContent-Length: {OtherBuild.Length}\r\n\r\n{OtherBuild}"),
        "refused" => Scripts.Ends(AfterAnswer.Close),
        "silent" => Scripts.Silence,
        "garbage" => Scripts.Says("\0\u00ff\r\n\r\n"),
        "endless body" => Scripts.Endless($"{Json}\r\n{OtherBuild}", new string(' ', 16 << 10), TimeSpan.Zero, sent),
        "endless chunks" =>
            Scripts.Endless($"{Json}Transfer-Encoding: chunked\r\n\r\n", $"4000\r\n{new string(' ', 16 << 10)}\r\n", TimeSpan.Zero, sent),
        "endless headers" => Scripts.Endless(Json, $"X-A: {new string('a', 1000)}\r\n", TimeSpan.Zero, sent),
        "endless interim answers" => Scripts.Endless("", "HTTP/1.1 102 Processing\r\n\r\n", TimeSpan.FromMilliseconds(1), sent),
        "dripping" => Scripts.Endless($"{Json}Content-Length: 1000\r\n\r\n", " ", TimeSpan.FromMilliseconds(5), sent),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "No odd health."),
    };

    private static Script Report(string body, string header = "") => Scripts.Says(Scripts.Message("200 OK", body, header));

    private static async Task<string> StatusAsync(GatewayUnderTest gateway, string path = Isl.Validate, string body = Isl.ValidateBody)
    {
        using var answer = await gateway.Client.PostAsync(path, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.CacheStatus();
    }

    private static Task BecomesAsync(GatewayUnderTest gateway, string ending, string path = Isl.Validate, string body = Isl.ValidateBody) =>
        Eventually.TrueAsync(
        async () => (await StatusAsync(gateway, path, body)).EndsWith(ending, StringComparison.Ordinal), Soon,
        $"a request ends as '{ending}'");
}
