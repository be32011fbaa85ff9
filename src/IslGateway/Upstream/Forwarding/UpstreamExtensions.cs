using IslGateway.Settings;

namespace IslGateway.Upstream.Forwarding;

internal static class UpstreamExtensions
{
    /// <summary>Finds out where ISL is: at <c>Isl:BaseUrl</c> or, in Development without it, in this process as the simulator.</summary>
    /// <returns>The replicas' addresses.</returns>
    public static async Task<IReadOnlyList<Uri>> AddUpstreamAsync(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        if (settings.Isl.BaseUrl is not null) return settings.Isl.BaseUrls;

        var simulator = await EmbeddedSimulator.StartAsync(settings);
        builder.Services.AddHostedService(_ => simulator);
        return [simulator.Address];
    }
}
