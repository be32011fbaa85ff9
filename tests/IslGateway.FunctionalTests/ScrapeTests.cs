using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Scrapes beside each other: each is whole and right, whatever becomes of the others.</summary>
public sealed partial class ScrapeTests
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(null, "text/plain")]
    [InlineData("*/*", "text/plain")]
    [InlineData("text/plain", "text/plain")]
    [InlineData("nonsense", "text/plain")]
    [InlineData(OpenMetrics, OpenMetrics)]
    [InlineData($"{OpenMetrics};q=0.5,text/plain;q=0.9", "text/plain")]
    [InlineData($"{OpenMetrics};q=0", "text/plain")]
    [InlineData($"{OpenMetrics};version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    public async Task Format_AsAccepted_IsTheMostWanted(string? accept, string expected)
    {
        await using var rig = await Rig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);

        using var answer = await rig.Gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(expected, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(expected == OpenMetrics ? "1.0.0" : "0.0.4", Version(answer.Content.Headers.ContentType!));
        var text = await answer.TextAsync();
        Assert.Equal(Encoding.UTF8.GetByteCount(text), answer.Content.Headers.ContentLength);
        Assert.Equal(expected == OpenMetrics, text.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Method_OtherThanGetAndHead_IsRefused(string method)
    {
        await using var rig = await Rig.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/metrics");
        using var answer = await rig.Gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Head_Always_HasTheHeadersAlone()
    {
        await using var rig = await Rig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/metrics");
        using var answer = await rig.Gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 1_000);
        Assert.Equal("", await answer.TextAsync());
    }

    [Fact]
    public async Task Exemplar_OfACallerWithATrace_NamesItInOpenMetricsOnly()
    {
        await using var rig = await Rig.StartAsync();
        using (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, $"traceparent: 00-{Trace}-00f067aa0ba902b7-01")) { }
        var line = "";
        await Eventually.TrueAsync(
            async () => (line = (await ScrapeAsync(rig, OpenMetrics)).Split('\n')
                .FirstOrDefault(l => l.Contains(" # {", StringComparison.Ordinal)) ?? "").Length > 0,
            Soon, "there is an exemplar");

        Assert.StartsWith($"plot_isl_latency_seconds_bucket{{endpoint=\"{Isl.Validate}\",le=\"", line, StringComparison.Ordinal);
        Assert.Matches($$""" # \{trace_id="{{Trace}}",span_id="00f067aa0ba902b7"\} [0-9.e-]+ [0-9]{10}\.[0-9]+$""", line);
        Assert.DoesNotContain(" # {", await ScrapeAsync(rig, "text/plain"), StringComparison.Ordinal);
        Assert.Contains(" # {", await ScrapeAsync(rig, OpenMetrics), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(OpenMetrics)]
    public async Task TwentyAtOnce_HalfOfThemAborted_TheOthersAreWholeAndValid(string format)
    {
        Promtool.RequireOrSkip();
        await using var rig = await Rig.StartAsync();
        await FillAsync(rig);
        await using var load = new SteadyLoad(rig.Client);
        await load.GoesOnAsync(20);
        var scrapes = new List<string>();
        for (var round = 0; round < 5; round++)
        {
            var aborted = Enumerable.Range(0, 10).Select(n => AbortAsync(rig, format, afterBytes: n * 2_000)).ToList();
            scrapes.AddRange(await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ScrapeAsync(rig, format))));
            await Task.WhenAll(aborted);
        }

        Assert.Equal(50, scrapes.Count);
        Assert.All(scrapes, text => Assert.EndsWith("\n", text, StringComparison.Ordinal));
        if (format == OpenMetrics) Assert.All(scrapes, text => Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal));
        foreach (var text in scrapes.Distinct())
        {
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Distinct(lines.Where(line => line[0] != '#').Select(line => line[..line.LastIndexOf(' ')]));
            Assert.Contains(lines, line => line.StartsWith("isl_gateway_config_last_reload_successful ", StringComparison.Ordinal));
        }

        foreach (var text in scrapes.Distinct().Take(20))
        {
            var verdict = await Promtool.CheckMetricsAsync(format == OpenMetrics ? AsText(text) : text);
            Assert.True(verdict is { ExitCode: 0, Output: "" }, verdict.Output);
        }
    }

    /// <summary>A scrape that began before a request ended is not given to one that came after it.</summary>
    [Fact]
    public async Task Scrape_BesideOthers_HasWhatWasCountedBeforeItCame()
    {
        await using var rig = await Rig.StartAsync();
        var counted = rig.Gateway.Services.GetRequiredService<GatewayMetrics>().LogLinesDropped;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var others = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await ScrapeAsync(rig, "text/plain");
        })).ToList();
        for (var i = 1; i <= 200; i++)
        {
            counted.Inc();
            var metrics = Exposition.Parse(await ScrapeAsync(rig, "text/plain"));
            Assert.Equal(i, metrics["isl_gateway_log_lines_dropped_total"]);
        }

        await stop.CancelAsync();
        await Task.WhenAll(others);
    }

    /// <summary>What promtool reads: without exemplars, and with counters named as their series are.</summary>
    private static string AsText(string openMetrics)
    {
        var counters = CounterTypes().Matches(openMetrics).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var named = Described().Replace(openMetrics, match =>
            counters.Contains(match.Groups[2].Value) ? $"{match.Groups[1].Value}{match.Groups[2].Value}_total " : match.Value);
        return Exemplars().Replace(named, "").Replace("# EOF\n", "", StringComparison.Ordinal);
    }

    private static string? Version(MediaTypeHeaderValue type) => type.Parameters.Single(parameter => parameter.Name == "version").Value;

    private static async Task<string> ScrapeAsync(Rig rig, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await rig.Gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.TextAsync();
    }

    /// <summary>Reads so much of a scrape, then cuts the connection.</summary>
    private static async Task AbortAsync(Rig rig, string accept, int afterBytes)
    {
        using var client = new TcpClient { LingerState = new LingerOption(enable: true, seconds: 0) };
        await client.ConnectAsync(rig.Gateway.Management.Host, rig.Gateway.Management.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(RawHttp.Request("", "GET /metrics HTTP/1.1", "Host: h", $"Accept: {accept}")),
            TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[afterBytes], TestContext.Current.CancellationToken);
    }

    /// <summary>Every row is asked once, so that there is as much to scrape as a busy gateway has.</summary>
    private static async Task FillAsync(Rig rig)
    {
        foreach (var path in rig.Gateway.Services.GetRequiredService<EndpointTable>().Rows.Select(row => row.Path).Distinct())
        {
            using var answer = await rig.PostAsync(path.Replace("{id}", "1", StringComparison.Ordinal), "{}");
        }

        await Eventually.TrueAsync(async () => (await rig.Gateway.MetricsAsync()).Length > 200_000, Soon, "there is much to scrape");
    }

    [GeneratedRegex("^# TYPE ([a-z_]+) counter$", RegexOptions.Multiline)]
    private static partial Regex CounterTypes();

    [GeneratedRegex("^(# (?:TYPE|HELP) )([a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex Described();

    [GeneratedRegex(" # \\{.*$", RegexOptions.Multiline)]
    private static partial Regex Exemplars();
}
