using IslGateway.Content;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Several gateways in this process, before one simulated ISL and one Redis.</summary>
internal sealed class GatewayGroup : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private GatewayGroup(SimulatorHost isl, GatewayUnderTest[] gateways, string prefix) =>
        (Host, Gateways, Prefix) = (isl, gateways, prefix);

    /// <summary>What all of their names in Redis begin with.</summary>
    public string Prefix { get; }

    public SimulatorHost Host { get; }

    public SimulatorState Sim => Host.State;

    public GatewayUnderTest[] Gateways { get; }

    /// <summary>Starts gateways that know ISL and Redis.</summary>
    public static async Task<GatewayGroup> StartAsync(
        int count, string redis, string prefix, SimulatorOptions? options = null, params string[] settings)
    {
        var isl = await SimulatorHost.StartAsync(options ?? new SimulatorOptions { Latency = 0 });

        // All in one process with their callers: a pause of it must pass neither for a holder's death nor for trouble with Redis.
        string[] all =
            [$"ConnectionStrings:Redis={redis}", $"Cache:Prefix={prefix}", "Lease:Ttl=1m", "Cache:LookupBudget=10s", .. settings];
        var gateways = new GatewayUnderTest[count];
        for (var i = 0; i < count; i++) gateways[i] = await GatewayUnderTest.StartAsync(isl.BaseAddress, all);
        foreach (var gateway in gateways) await gateway.RedisIsUpAsync();
        return new GatewayGroup(isl, gateways, prefix);
    }

    public Task<HttpResponseMessage> AskAsync(int gateway, params string[] headers) =>
        Gateways[gateway].Client.PostAsync(Isl.Validate, Isl.ValidateBody, headers);

    /// <summary>Lets a gateway ask ISL, which hangs, and others wait for it.</summary>
    /// <returns>The answers to come, the holder's first.</returns>
    public async Task<Task<HttpResponseMessage>[]> HoldAsync(params string[][] headers)
    {
        Sim.Hang(Isl.Validate);
        var asking = new List<Task<HttpResponseMessage>> { AskAsync(0, headers.ElementAtOrDefault(0) ?? []) };
        await CallsAsync(1);
        for (var i = 1; i < Gateways.Length; i++) asking.Add(AskAsync(i, headers.ElementAtOrDefault(i) ?? []));
        for (var i = 1; i < Gateways.Length; i++) await WaitsAsync(i);
        return [.. asking];
    }

    public Task CallsAsync(int calls) => Eventually.TrueAsync(() => Sim.Calls(Isl.Validate) >= calls, Soon, $"ISL is asked {calls} times");

    /// <summary>Waits until a fill of a gateway waits for another gateway.</summary>
    public Task WaitsAsync(int gateway) => Eventually.TrueAsync(
        () => Gateways[gateway].Services.GetRequiredService<LeaseSignals>().Count == 1, Soon, $"gateway {gateway} waits for another");

    /// <summary>Waits until so many small requests are inside a gateway.</summary>
    public Task HoldsAsync(int gateway, int requests) => Eventually.TrueAsync(
        () => Gateways[gateway].Services.GetRequiredService<BufferBudget>().InUse >= requests * 256, TimeSpan.FromSeconds(60),
        $"{requests} requests are inside gateway {gateway}");

    /// <summary>The name of the only lease in Redis.</summary>
    public async Task<RedisKey> LeaseAsync()
    {
        RedisKey[] found = [];
        var connection = Gateways[0].Services.GetRequiredService<RedisConnection>().Multiplexer!;
        await Eventually.TrueAsync(
            () =>
            {
                found =
                    [.. connection.GetServers().Where(server => server.IsConnected && !server.IsReplica)
                        .SelectMany(server => server.Keys(pattern: $"{Prefix}:v1:lease:*"))];
                return found.Length == 1;
            },
            Soon, "one lease is there");
        return found[0];
    }

    /// <summary>Fills by what came of asking for a lease.</summary>
    public double Leases(int gateway, string outcome) =>
        Gateways[gateway].Services.GetRequiredService<Telemetry.GatewayMetrics>().FillLeases.WithLabels(outcome).Value;

    public async ValueTask DisposeAsync()
    {
        Sim.ReleaseHang();
        foreach (var gateway in Gateways) await gateway.DisposeAsync();
        await Host.DisposeAsync();
    }
}
