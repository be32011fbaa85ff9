using IslGateway.Redis;
using IslGateway.Settings;
using IslSimulator;

namespace IslGateway.Upstream.Forwarding;

/// <summary>The simulator inside the gateway's process: what Development runs against when no ISL is named.</summary>
internal sealed class EmbeddedSimulator(SimulatorHost simulator) : IHostedService, IAsyncDisposable
{
    /// <summary>
    /// Says where ISL is: the addresses of <c>Isl:BaseUrl</c>, or a simulator started here. Its answers must not end in a Redis that others
    /// read, so it refuses one that is not on loopback.
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
