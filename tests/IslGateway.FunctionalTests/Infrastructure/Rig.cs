using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// A simulated ISL with a gateway before it. Disposing it is an assertion: once nobody asks any more, no buffer is held and no call is
/// under way.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    /// <summary>What the smallest pooled buffer counts for.</summary>
    private const int SmallestBuffer = 256;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Rig(SimulatorHost isl, GatewayUnderTest gateway)
    {
        Host = isl;
        Gateway = gateway;
    }

    public SimulatorHost Host { get; }

    public SimulatorState Sim => Host.State;

    public GatewayUnderTest Gateway { get; }

    public HttpClient Client => Gateway.Client;

    public MemoryStore Memory => Gateway.Services.GetRequiredService<MemoryStore>();

    public BufferBudget Buffers => Gateway.Services.GetRequiredService<BufferBudget>();

    public static Task<Rig> StartAsync(params string[] settings) => StartAsync(new SimulatorOptions { Latency = 0 }, settings);

    public static async Task<Rig> StartAsync(SimulatorOptions options, params string[] settings)
    {
        var isl = await SimulatorHost.StartAsync(options);
        try
        {
            return new Rig(isl, await GatewayUnderTest.StartAsync(isl.BaseAddress, settings));
        }
        catch
        {
            await isl.DisposeAsync();
            throw;
        }
    }

    public Task<HttpResponseMessage> PostAsync(string target, string body, params string[] headers) =>
        Client.PostAsync(target, body, headers);

    /// <summary>Asks ISL without the gateway.</summary>
    public async Task<string> AskIslAsync(string target, string body, params string[] headers)
    {
        using var client = new HttpClient { BaseAddress = Host.BaseAddress };
        using var response = await client.PostAsync(target, body, headers);
        return await response.TextAsync();
    }

    /// <summary>Sends and keeps only the account of the cache.</summary>
    public async Task<string> StatusOfAsync(string target, string body, params string[] headers)
    {
        using var response = await PostAsync(target, body, headers);
        return response.CacheStatus();
    }

    /// <summary>Sends until the account of the cache ends so.</summary>
    public Task BecomesAsync(string ending, string target, string body, params string[] headers) => Eventually.TrueAsync(
        async () => (await StatusOfAsync(target, body, headers)).EndsWith(ending, StringComparison.Ordinal), Soon,
        $"a request ends as '{ending}'");

    /// <summary>Waits until the gateway has heard from health what ISL now is.</summary>
    public Task KnowsEpochAsync() => Eventually.TrueAsync(
        () => Gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas is [{ Epoch: { } epoch }]
            && epoch == new Epoch(Sim.Fingerprint, Sim.Version, Sim.Build),
        Soon, "the gateway knows ISL's epoch");

    /// <summary>Waits for a whole poll that began after this call, so that what was answered before is confirmed.</summary>
    public Task IsPolledAsync()
    {
        var before = Sim.HealthCalls;
        return Eventually.TrueAsync(() => Sim.HealthCalls >= before + 3, Soon, "health is polled");
    }

    public Task CallsReachAsync(string path, int calls) =>
        Eventually.TrueAsync(() => Sim.Calls(path) >= calls, Soon, $"ISL is asked {calls} times for {path}");

    /// <summary>
    /// Asks as callers whose time is up before ISL, which hangs, has answered, until one of them leaves a call behind: a fill that has not
    /// begun by then is dropped.
    /// </summary>
    public async Task LeavesAsync(string path, string body)
    {
        var calls = Sim.Calls(path);
        for (var patience = 200; Sim.Calls(path) == calls; patience *= 2)
        {
            using var late = await PostAsync(path, body, $"X-Timeout-Ms: {patience}");
            Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        }
    }

    /// <summary>Waits until so many small requests are inside the gateway at once, then a little longer: for one more exchange.</summary>
    public async Task HoldsAsync(int requests)
    {
        await Eventually.TrueAsync(() => Buffers.InUse >= requests * SmallestBuffer, Soon, $"{requests} requests are inside the gateway");
        for (var i = 0; i < 3; i++) (await Client.GetAsync("/ready", TestContext.Current.CancellationToken)).Dispose();
    }

    /// <summary>Waits until the bodies inside the gateway are together shorter than this, in bytes: a longer one has been let go.</summary>
    public Task HoldsLessAsync(int bytes) =>
        Eventually.TrueAsync(() => Buffers.InUse < bytes, Soon, $"less than {bytes} bytes are held");

    public Task HoldsNothingAsync()
    {
        var metrics = Gateway.Services.GetRequiredService<GatewayMetrics>();
        return Eventually.TrueAsync(
            () => Buffers.InUse == 0 && metrics.UpstreamInflight.Value == 0, Soon, "no buffer is held and no call is under way");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            Sim.ReleaseHang();
            await HoldsNothingAsync();
        }
        finally
        {
            await Gateway.DisposeAsync();
            await Host.DisposeAsync();
        }
    }
}
