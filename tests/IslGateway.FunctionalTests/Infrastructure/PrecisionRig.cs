using IslGateway.Caching.Validation;
using IslGateway.Endpoints;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Gateways that set numbers of samples, once they know that ISL has the field.</summary>
internal static class PrecisionRig
{
    public const string On = "Endpoints:CausalCounterfactual:Samples:Enabled=true";

    public static Task<Rig> StartAsync(params string[] settings) => StartAsync(new SimulatorOptions { Latency = 0 }, settings);

    public static async Task<Rig> StartAsync(SimulatorOptions isl, params string[] settings)
    {
        var rig = await Rig.StartAsync(isl, [On, .. settings]);
        await KnowsSamplesAsync(rig.Gateway);
        return rig;
    }

    public static async Task<GatewayUnderTest> GatewayAsync(SimulatorHost isl, params string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, [On, .. settings]);
        await KnowsSamplesAsync(gateway);
        return gateway;
    }

    /// <summary>Waits until all live configurations are known to declare the field.</summary>
    public static Task KnowsSamplesAsync(GatewayUnderTest gateway, string row = "CausalCounterfactual")
    {
        var book = gateway.Services.GetRequiredService<SchemaBook>();
        var rows = gateway.Services.GetRequiredService<EndpointTable>().Rows;
        return Eventually.TrueAsync(
            () => book.SamplesOf(rows.Single(known => known.Name == row), "POST") == FieldStanding.Declared,
            TimeSpan.FromSeconds(60), "ISL is known to declare the field");
    }
}
