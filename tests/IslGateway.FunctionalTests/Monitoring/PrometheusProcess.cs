using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>A real Prometheus with the configuration and the rules of <c>deploy/</c>, scraping one gateway twice a second.</summary>
internal sealed partial class PrometheusProcess : IAsyncDisposable
{
    /// <summary>What an hour or a day is to a hurried Prometheus.</summary>
    public const string ShortWindow = "6s";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder;
    private readonly ChildProcess _process;
    private readonly HttpClient _client;

    private PrometheusProcess(DirectoryInfo folder, ChildProcess process, int port)
    {
        (_folder, _process) = (folder, process);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static void RequireOrSkip() =>
        Assert.SkipUnless(Processes.FindOnPath("prometheus") is not null, "needs a real Prometheus: apt-get install prometheus");

    /// <param name="management">The gateway's management address.</param>
    /// <param name="hurried">
    /// Whether every window of the rules is 6 s, every offset 3 s, and nothing is waited for: the rules are the shipped ones in all else.
    /// </param>
    public static async Task<PrometheusProcess> StartAsync(Uri management, bool hurried)
    {
        var folder = Directory.CreateTempSubdirectory("islgateway-prometheus-");
        var rules = folder.CreateSubdirectory("rules");
        foreach (var path in Directory.EnumerateFiles(Path.Combine(MonitoringFiles.Prometheus, "rules")))
        {
            var text = await File.ReadAllTextAsync(path);
            await File.WriteAllTextAsync(Path.Combine(rules.FullName, Path.GetFileName(path)), hurried ? Hurry(text) : text);
        }

        var configuration = await File.ReadAllTextAsync(Path.Combine(MonitoringFiles.Prometheus, "prometheus.yml"));
        var file = Path.Combine(folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration
            .Replace("gateway:8081", management.Authority, StringComparison.Ordinal).Replace("15s", "500ms", StringComparison.Ordinal));
        var port = FreePort.Next();
        var process = Processes.Start("prometheus",
        [
            $"--config.file={file}", $"--storage.tsdb.path={Path.Combine(folder.FullName, "data")}",
            $"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage", "--log.level=warn",
        ]);
        var prometheus = new PrometheusProcess(folder, process, port);
        await Eventually.TrueAsync(prometheus.IsReadyAsync, StartTimeout, "Prometheus is ready");
        return prometheus;
    }

    /// <summary>What an expression yields now.</summary>
    /// <returns>Its series; an expression that does not evaluate fails the test.</returns>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string expression)
    {
        using var form = new FormUrlEncodedContent([new("query", expression)]);
        using var response = await _client.PostAsync(
            new Uri("/api/v1/query", UriKind.Relative), form, TestContext.Current.CancellationToken);
        var body = await response.TextAsync();
        Assert.True(response.IsSuccessStatusCode, $"{expression}\n{body}");
        return [.. JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    /// <summary>Every rule as it was evaluated last.</summary>
    public async Task<IReadOnlyList<(string Name, string Health, string? Error)>> RulesAsync() =>
    [
        .. (await DataAsync("rules")).GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (
                rule.GetProperty("name").GetString()!, rule.GetProperty("health").GetString()!,
                rule.TryGetProperty("lastError", out var error) ? error.GetString() : null)),
    ];

    /// <summary>The alerts that fire, with their severity.</summary>
    public async Task<IReadOnlyList<(string Name, string Severity)>> FiringAsync() =>
    [
        .. (await DataAsync("alerts")).GetProperty("alerts").EnumerateArray()
            .Where(alert => alert.GetProperty("state").GetString() == "firing").Select(alert => alert.GetProperty("labels"))
            .Select(labels => (labels.GetProperty("alertname").GetString()!, labels.GetProperty("severity").GetString()!)),
    ];

    /// <summary>The trace ids of the exemplars that Prometheus holds for a series.</summary>
    public async Task<IReadOnlyList<string>> TracesAsync(string series) =>
    [
        .. (await DataAsync($"query_exemplars?query={series}&start=0&end=9999999999")).EnumerateArray()
            .SelectMany(one => one.GetProperty("exemplars").EnumerateArray())
            .Select(exemplar => exemplar.GetProperty("labels").GetProperty("trace_id").GetString()!),
    ];

    /// <summary>Why the last scrape of each target failed; empty where it did not.</summary>
    public async Task<IReadOnlyList<string>> ScrapeErrorsAsync() =>
    [
        .. (await DataAsync("targets")).GetProperty("activeTargets").EnumerateArray()
            .Select(target => target.GetProperty("lastError").GetString()!),
    ];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Hurry(string rules) =>
        Patience().Replace(Offset().Replace(Window().Replace(rules, $"[{ShortWindow}]"), "offset 3s"), "for: 0s");

    private async Task<JsonElement> DataAsync(string path) =>
        JsonDocument.Parse(await _client.GetStringAsync("/api/v1/" + path, TestContext.Current.CancellationToken))
            .RootElement.GetProperty("data");

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException($"Prometheus ended before it was ready:\n{_process.Output}");
        try
        {
            using var answer = await _client.GetAsync(new Uri("/-/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\[\d+[mhd]\]")]
    private static partial Regex Window();

    [GeneratedRegex(@"offset \d+[mhd]")]
    private static partial Regex Offset();

    [GeneratedRegex(@"for: \d+[mhd]")]
    private static partial Regex Patience();
}
