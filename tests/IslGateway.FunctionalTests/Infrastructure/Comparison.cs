using System.Text.Json.Nodes;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// A gateway that keeps requests before a simulated ISL, and a candidate that says the same unless its knobs are turned.
/// </summary>
internal sealed class Comparison : IAsyncDisposable
{
    public const string Path = "/api/compare";

    /// <summary>What makes two simulators of different builds answer alike.</summary>
    private const string Seed = "one";

    private Comparison(Rig rig, SimulatorHost host) => (Rig, Host) = (rig, host);

    public Rig Rig { get; }

    public SimulatorHost Host { get; }

    public SimulatorState Candidate => Host.State;

    public string Against => Host.BaseAddress.ToString();

    public static Task<Comparison> StartAsync(params string[] settings) => StartAsync([], settings);

    /// <param name="apiKeys">The keys that ISL and the candidate accept; none: they need none.</param>
    /// <param name="settings">More settings of the gateway.</param>
    public static async Task<Comparison> StartAsync(string[] apiKeys, params string[] settings)
    {
        var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = apiKeys },
            ["Cache:KeepRequests=1MiB", "Warming:CallsPerMinute=100000", .. settings]);
        var candidate = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "sim-0002", ApiKeys = apiKeys });
        rig.Sim.Update(knobs => knobs with { Seed = Seed });
        candidate.State.Update(knobs => knobs with { Seed = Seed });
        return new Comparison(rig, candidate);
    }

    /// <summary>Has callers ask a question of each of two endpoints, so that both are stored and kept.</summary>
    public async Task AskBothAsync(params string[] headers)
    {
        foreach (var (path, body) in Both)
            Assert.Equal("IslGateway; fwd=miss; stored", await Rig.StatusOfAsync(path, body, headers));
    }

    /// <summary>Has callers ask so many different questions.</summary>
    public async Task AskAsync(int questions)
    {
        for (var i = 0; i < questions; i++) await Rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i));
    }

    /// <summary>Changes a number of the candidate's counterfactuals.</summary>
    public void Scale(string field, double factor) =>
        Candidate.Update(knobs => knobs with { Scaled = [new ScaledKnob(Isl.Counterfactual, field, factor)] });

    /// <summary>Compares; what was said, the report last.</summary>
    /// <param name="more">More members of the call, each as <c>"name":value</c>.</param>
    public async Task<IReadOnlyList<JsonObject>> CompareAsync(params string[] more)
    {
        using var response = await SendAsync(Body(more));
        var text = await response.TextAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        var lines = WarmingList.Parse(text).ToList();
        Assert.True((bool?)lines[^1]["done"]);
        return [.. lines.SkipLast(1), lines[^1]["report"]!.AsObject()];
    }

    public string Body(params string[] more) => $"{{{string.Join(',', [$"\"against\":\"{Against}\"", .. more])}}}";

    public Task<HttpResponseMessage> SendAsync(string body) => Rig.Gateway.ManagementClient.PostAsync(Path, body);

    /// <summary>What <c>GET</c> says.</summary>
    public async Task<JsonObject> StatusAsync() => JsonNode.Parse(
        await Rig.Gateway.ManagementClient.GetStringAsync(Path, TestContext.Current.CancellationToken))!.AsObject();

    public static JsonObject Endpoint(JsonObject report, string path) =>
        report["endpoints"]!.AsArray().Single(endpoint => (string?)endpoint!["endpoint"] == path)!.AsObject();

    private static readonly (string Path, string Body)[] Both =
        [(Isl.Validate, Isl.ValidateBody), (Isl.Counterfactual, Isl.CounterfactualBody)];

    public async ValueTask DisposeAsync()
    {
        Candidate.ReleaseHang();
        await Rig.DisposeAsync();
        await Host.DisposeAsync();
    }
}
