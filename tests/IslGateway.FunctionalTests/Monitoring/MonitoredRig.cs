using System.Globalization;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>ISL, Redis, a gateway, and a Prometheus that watches it with the shipped rules in a hurry.</summary>
internal sealed class MonitoredRig : IAsyncDisposable
{
    public const string Key = "X-API-Key: good";

    /// <summary>Rules are evaluated twice a second over six seconds; a busy machine is given more.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private bool _gatewayIsStopped;

    private MonitoredRig(SimulatorHost isl, RedisProcess redis, GatewayUnderTest gateway, PrometheusProcess prometheus) =>
        (Isl, Redis, Gateway, Prometheus) = (isl, redis, gateway, prometheus);

    public SimulatorHost Isl { get; }

    public RedisProcess Redis { get; }

    public GatewayUnderTest Gateway { get; }

    public PrometheusProcess Prometheus { get; }

    public static async Task<MonitoredRig> StartAsync(int rateLimit, params string[] settings)
    {
        PrometheusProcess.RequireOrSkip();
        RedisProcess.RequireOrSkip();
        var redis = await RedisProcess.StartAsync();
        var isl = await SimulatorHost.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["good"], RateLimitPerMinute = rateLimit });
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            [$"ConnectionStrings:Redis={redis.ConnectionString}", "Sentinel:Share=1", "Sentinel:MaxCallsPerMinute=6", .. settings]);
        await gateway.RedisIsUpAsync();
        return new MonitoredRig(isl, redis, gateway, await PrometheusProcess.StartAsync(gateway.Management, hurried: true));
    }

    /// <summary>Callers who ask on and on.</summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="body">The body of the n-th question.</param>
    public MonitoredLoad Ask(int callers, Func<int, string> body) => new(Gateway.Client, callers, body);

    /// <summary>A question that nobody has asked before.</summary>
    public static string NewBody(int n) => Infrastructure.Isl.CounterfactualBody.Replace(
        "60", (1000 + n).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>One of three questions.</summary>
    public static string KnownBody(int n) => NewBody(-1 - (n % 3));

    /// <summary>Waits until each of these alerts has fired.</summary>
    public async Task FireAsync(params string[] alerts)
    {
        var missing = alerts.ToHashSet(StringComparer.Ordinal);
        await Eventually.TrueAsync(
            async () =>
            {
                missing.ExceptWith((await Prometheus.FiringAsync()).Select(alert => alert.Name));
                return missing.Count == 0;
            },
            Soon, $"each of {string.Join(", ", alerts)} fires");
    }

    /// <summary>Waits until nothing fires that somebody would be told of.</summary>
    public Task BecomeQuietAsync() => Eventually.TrueAsync(
        async () => (await Prometheus.FiringAsync()).All(alert => alert.Severity == "info"), Soon, "no alert fires");

    /// <summary>Ends the gateway; Prometheus goes on.</summary>
    public async Task StopGatewayAsync()
    {
        _gatewayIsStopped = true;
        await Gateway.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Isl.State.ReleaseHang();
        await Prometheus.DisposeAsync();
        if (!_gatewayIsStopped) await Gateway.DisposeAsync();
        await Isl.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
