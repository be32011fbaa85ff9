using IslGateway.Redis;
using IslGateway.Settings;
using IslSimulator;

namespace IslGateway.Upstream.Forwarding;

/// <summary>The simulator inside the gateway's process, used in Development when no ISL is configured.</summary>
internal sealed class EmbeddedSimulator(SimulatorHost simulator) : IHostedService, IAsyncDisposable
{
    /// <summary>
    /// Finds out where ISL is: at the addresses of <c>Isl:BaseUrl</c>, or in a simulator that is started here. Simulated answers must not
    /// get into a Redis that others read, so a Redis that is not on loopback is refused.
    /// </summary>
    public static async Task<EmbeddedSimulator> StartAsync(GatewaySettings settings)
    {
        RedisConnectionString.Check(settings);
        return new EmbeddedSimulator(await SimulatorHost.StartAsync(new SimulatorOptions()));
    }

    public Uri Address => simulator.BaseAddress;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => simulator.StopAsync();

    public ValueTask DisposeAsync() => simulator.DisposeAsync();
}
