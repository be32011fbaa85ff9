using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Telemetry;
using IslGateway.Telemetry.KeyLogging;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>What <c>Telemetry:KeyLog</c> records of a gateway, and what <c>islgateway simulate-cache</c> makes of it.</summary>
public sealed partial class SimulateCacheTests : IDisposable
{
    private const string Causal = "endpoint=\"/api/v1/causal/";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("islgw-keys-").FullName;

    private string Log => Path.Combine(_folder, "keys.log");

    /// <summary>Lifetimes end, with their spread, and questions are asked unevenly: the same settings give the same hits.</summary>
    [Fact]
    public async Task Simulate_UnderTheSameLifetimes_PredictsTheHitsThatWereMeasured()
    {
        var (hits, misses) = await TrafficAsync(requests: 400, secondsBetween: 3, "Endpoints:CausalValidate:Ttl=100s");

        var (measured, predicted) = await SimulateAsync(Log);

        Assert.Equal((hits, hits + misses), Counts(measured));
        Assert.Equal((hits, hits + misses), Counts(predicted[0]));
        Assert.InRange(hits, 50, 350);
        Assert.Equal(measured.GetProperty("saved_seconds").GetDouble(), predicted[0].GetProperty("saved_seconds").GetDouble(), 0.001);
        Assert.Equal(0, predicted[0].GetProperty("evicted").GetInt64());

        // Half the lifetime, fewer hits; twice, more.
        var (validate, others) = await SimulateAsync(Log, "--ttl", "50s,200s", "--endpoint", "CausalValidate");
        Assert.True(Counts(others[0]).Hits < Counts(validate).Hits);
        Assert.True(Counts(others[1]).Hits > Counts(validate).Hits);
        Assert.Equal([50, 200], others.Select(one => one.GetProperty("ttl_seconds").GetDouble()));
    }

    /// <summary>
    /// A memory that is too small evicts in the replay much as at the gateway. Not quite: which of those that went it remembers depends on
    /// the digests of their keys (<c>EvictedReuse</c>), and the log has others; to one in twenty.
    /// </summary>
    [Fact]
    public async Task Simulate_UnderTheSameSmallMemory_PredictsTheHitsThatWereMeasured()
    {
        var (hits, misses) = await TrafficAsync(
            requests: 400, secondsBetween: 1, "Cache:Memory:SizeLimit=40KiB", "Cache:MaxEntrySize=4KiB");

        var (measured, predicted) = await SimulateAsync(Log);
        var (_, others) = await SimulateAsync(Log, "--size", "16KiB,1MiB");

        Assert.Equal((hits, hits + misses), Counts(measured));
        Assert.Equal(hits + misses, Counts(predicted[0]).Requests);
        Assert.InRange(Counts(predicted[0]).Hits, hits - 20, hits + 20);
        Assert.True(predicted[0].GetProperty("evicted").GetInt64() > 0);
        Assert.InRange(predicted[0].GetProperty("peak_bytes").GetInt64(), 20 << 10, 40 << 10);
        Assert.True(others[0].GetProperty("hits").GetInt64() < hits);
        Assert.True(others[1].GetProperty("hits").GetInt64() > hits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a secret that nobody guesses")]
    public async Task KeyLog_OfEachRequest_SaysWhatTheCacheDidAndNothingElse(string secret)
    {
        var body = Isl.ValidateBody.Replace("Revenue", "HUSHNODE", StringComparison.Ordinal);
        string[] given = ["X-API-Key: HUSHKEY"];
        await using (var rig = await Rig.StartAsync($"Telemetry:KeyLog={Log}", $"Cache:KeySecret={secret}"))
        {
            for (var i = 0; i < 2; i++) (await rig.PostAsync(Isl.Validate, body, given)).Dispose();
            (await rig.PostAsync(Isl.Validate, body, [.. given, "Cache-Control: no-cache"])).Dispose();
            (await rig.PostAsync(Isl.Validate, body, [.. given, "Origin: http://a"])).Dispose();
            (await rig.PostAsync(Isl.Elicit, """{"user_id":"HUSHUSER","context":{},"num_queries":3}""", given)).Dispose();
            (await rig.PostAsync(Isl.Teach, "{}", given)).Dispose();
        }

        var text = await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("HUSH", text, StringComparison.OrdinalIgnoreCase);
        var lines = await LinesAsync();
        Assert.Equal(
            [("stored", null), ("hit", "memory"), ("refreshed", null), ("bypass", "cross-origin")],
            lines.Take(4).Select(line => (line.Cache, line.Detail)));
        Assert.All(lines.Take(4), line => Assert.Equal("CausalValidate", line.Row));
        Assert.Single(lines.Take(3).Select(line => (line.Key, line.Epoch)).Distinct());
        Assert.NotNull(lines[0].Key);
        Assert.NotNull(lines[0].Epoch);
        Assert.Null(lines[3].Key);
        Assert.Equal((lines[0].Bytes, lines[0].Cost, lines[0].Ttl), (lines[1].Bytes, lines[1].Cost, lines[1].Ttl));
        Assert.InRange(lines[0].Bytes, 500, 5_000);
        Assert.InRange(lines[0].Ttl, 3_240, 3_600);
        Assert.Equal("PreferencesElicit", lines[4].Row);
        Assert.Equal(5, lines.Count);
    }

    [Fact]
    public async Task KeyLog_ThatCannotBeWritten_IsSaidOnceAndHarmsNobody()
    {
        var nowhere = Path.Combine(_folder, "missing", "keys.log");
        await using var rig = await Rig.StartAsync($"Telemetry:KeyLog={nowhere}");
        var logs = RecordedLogs.Of(rig.Gateway);

        for (var i = 0; i < 20; i++) Assert.Matches("stored$|memory$", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        await Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(rig.Gateway))["isl_gateway_key_log_lines_total{result=\"failed\"}"] == 20, Soon,
            "all lines are counted as failed");
        Assert.Single(logs.Lines, line => line.Contains(nowhere, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_OfALog_IsATableBesideWhatWasMeasured()
    {
        await TrafficAsync(requests: 30, secondsBetween: 0);
        await File.AppendAllTextAsync(Log, "junk\n", TestContext.Current.CancellationToken);

        var all = await GatewayProcess.RunAsync(["simulate-cache", Log, "--ttl", "30m,1h", "--size=64MiB"]);
        var one = await GatewayProcess.RunAsync(["simulate-cache", Log, "--endpoint", "causalvalidate"]);

        Assert.Equal((0, 0), (all.ExitCode, one.ExitCode));
        Assert.StartsWith("30 requests to cached endpoints, ", all.Output, StringComparison.Ordinal);
        Assert.Contains($"⚠ 1 lines cannot be read, the first is {Log}:32", all.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  measured +as it was +as it was +30 +\d+\.\d% +\d+\.\d s +– +–$", all.Output);
        Assert.Matches(@"(?m)^  predicted +30m +64MiB +30 +\d+\.\d% +\d+\.\d s +0\.\d MiB +0$", all.Output);
        Assert.Matches(@"(?m)^  predicted +1h +64MiB +30 +", all.Output);
        Assert.Contains("Each endpoint:", all.Output, StringComparison.Ordinal);
        Assert.Contains("CausalCounterfactual", all.Output, StringComparison.Ordinal);
        Assert.Contains("CausalValidate:", one.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("CausalCounterfactual", one.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_WhenWrong_IsSaid()
    {
        await File.WriteAllTextAsync(Log, "", TestContext.Current.CancellationToken);
        var damaged = Path.Combine(_folder, "damaged.log");
        await File.WriteAllTextAsync(damaged, "\n{\n", TestContext.Current.CancellationToken);
        var whole = Path.Combine(_folder, "whole.log");
        await File.WriteAllTextAsync(whole, """{"t":1,"row":"CausalValidate","cache":"miss"}""", TestContext.Current.CancellationToken);
        (int ExitCode, string Said, string[] Arguments)[] cases =
        [
            (2, "LOG", []),
            (2, "missing.log", [Path.Combine(_folder, "missing.log")]),
            (1, "The log has no requests.", [Log]),
            (1, $"No line can be read; the first is {damaged}:1.", [damaged]),
            (2, "--ttl: 'x' must be a duration", [whole, "--ttl", "1h,x"]),
            (2, "--ttl: '0s' must be from 10ms", [whole, "--ttl=0s"]),
            (2, "--size: '1' must be from 1KiB", [whole, "--size=1"]),
            (2, "it has CausalValidate", [whole, "--endpoint=Teach"]),
            (0, "islgateway simulate-cache keys.log --ttl 30m,1h,4h", ["--help"]),
        ];
        foreach (var (exitCode, said, arguments) in cases)
        {
            var result = await GatewayProcess.RunAsync(["simulate-cache", .. arguments]);

            Assert.Contains(said, result.Output, StringComparison.Ordinal);
            Assert.Equal(exitCode, result.ExitCode);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// Asks two endpoints forty questions each, some far more often than others; returns hits and misses by the metrics. Each question
    /// takes ISL a time of its own, and a hit takes none: so what happened is what the log says, to the last lifetime and eviction.
    /// </summary>
    private async Task<(int Hits, int Misses)> TrafficAsync(int requests, int secondsBetween, params string[] settings)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var front = ScriptedUpstream.Before(isl.BaseAddress);
        await using var gateway = await GatewayUnderTest.StartAsync(
            front.Address,
            [
                $"Telemetry:KeyLog={Log}", "Isl:HealthInterval=10m", "Isl:EpochMaxAge=1d", "Credentials:Recheck=1d",
                "Credentials:StaleProof=2d", .. settings,
            ]);
        var (time, forward) = (gateway.Time, front.Answer);
        var replica = Assert.Single(gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        var written = gateway.Services.GetRequiredService<GatewayMetrics>().KeyLogLines.WithLabels("written");
        front.Answer = call =>
        {
            var named = Question().Match(Encoding.UTF8.GetString(call.Body)).Groups[1];
            var question = int.Parse(named.ValueSpan, CultureInfo.InvariantCulture);
            time.Pass(TimeSpan.FromMilliseconds(5 + (37 * question % 101)));
            return forward(call);
        };
        time.StandStill();
        var random = new Random(5);
        for (var i = 0; i < requests; i++)
        {
            var question = (int)(40 * random.NextDouble() * random.NextDouble() * random.NextDouble());
            var (path, body) = i % 3 == 0 ? (Isl.Counterfactual, Isl.CounterfactualBody) : (Isl.Validate, Isl.ValidateBody);
            var own = body.Replace("\"Price\"", $"\"Price{question.ToString(CultureInfo.InvariantCulture)}\"", StringComparison.Ordinal);
            var asked = time.GetTimestamp();
            using var answer = await gateway.Client.PostAsync(path, own);

            // While it awaits its confirmation, an answer takes up memory that the log does not tell of.
            Assert.Matches("stored$|memory$", answer.CacheStatus());
            await Eventually.TrueAsync(
                () => written.Value > i
                    && (replica.TryReportSince(asked, out _) || answer.CacheStatus().EndsWith("memory", StringComparison.Ordinal)), Soon,
                "it is in the log, and confirmed");
            time.Pass(TimeSpan.FromSeconds(secondsBetween));
        }

        var metrics = await Exposition.OfAsync(gateway);
        return ((int)metrics.Sum("plot_isl_cache_hits_total", Causal), (int)metrics.Sum("plot_isl_cache_misses_total", Causal));
    }

    [GeneratedRegex("\"Price([0-9]+)\"")]
    private static partial Regex Question();

    private static async Task<(JsonElement Measured, JsonElement[] Predicted)> SimulateAsync(params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(["simulate-cache", .. arguments, "--json"]);
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var root = json.RootElement.Clone();
        Assert.Equal(0, root.GetProperty("damaged_lines").GetInt64());
        return (root.GetProperty("measured"), [.. root.GetProperty("predicted").EnumerateArray()]);
    }

    private static (long Hits, long Requests) Counts(JsonElement figures) =>
        (figures.GetProperty("hits").GetInt64(), figures.GetProperty("requests").GetInt64());

    private async Task<List<KeyLogLine>> LinesAsync()
    {
        var lines = new List<KeyLogLine>();
        await foreach (var text in File.ReadLinesAsync(Log, TestContext.Current.CancellationToken))
        {
            if (KeyLogLine.TryParse(Encoding.UTF8.GetBytes(text), out var line)) lines.Add(line);
        }

        return lines;
    }
}
