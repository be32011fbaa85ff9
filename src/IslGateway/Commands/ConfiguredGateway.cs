using IslGateway.Settings;

namespace IslGateway.Commands;

/// <summary>A gateway's settings, read and checked, before anything is built of them.</summary>
/// <param name="Builder">With the whole configuration.</param>
/// <param name="Settings">What it says.</param>
internal sealed record ConfiguredGateway(WebApplicationBuilder Builder, GatewaySettings Settings);
