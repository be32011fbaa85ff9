using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IslGateway.Edge;

/// <summary>
/// The listeners by name. Requests are told apart by the listener that accepted the connection, never by <c>Host</c>, which the caller
/// chooses.
/// </summary>
internal static class Listeners
{
    /// <summary>The data plane: all that ISL serves, at the same paths.</summary>
    public const string Gateway = "Gateway";

    /// <summary>The data plane over clear-text HTTP/2, by prior knowledge.</summary>
    public const string GatewayH2c = "GatewayH2c";

    /// <summary>For operators: <c>/</c> (a page), <c>/metrics</c>, <c>/health/live</c>, <c>/health/ready</c> and <c>/api/*</c>.</summary>
    public const string Management = "Management";

    /// <summary>Kestrel's section of listeners.</summary>
    public const string Section = "Kestrel:Endpoints";

    private static readonly object ManagementMark = new();

    /// <summary>Default addresses, which every other source of configuration overrides.</summary>
    public static IConfigurationBuilder AddDefaultListeners(this IConfigurationBuilder configuration)
    {
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                [UrlKey(Gateway)] = "http://localhost:8080",
                [UrlKey(Management)] = "http://localhost:8081",
            },
        });
        return configuration;
    }

    /// <summary>Clear-text HTTP/2 has no negotiation: if that listener is on, it speaks HTTP/2 only.</summary>
    public static IConfigurationBuilder AddH2cProtocol(this ConfigurationManager configuration)
    {
        if (configuration[UrlKey(GatewayH2c)] is { Length: > 0 })
            configuration.AddInMemoryCollection(
                [KeyValuePair.Create<string, string?>($"{Section}:{GatewayH2c}:Protocols", "Http2")]);
        return configuration;
    }

    /// <summary>The setting that moves a listener.</summary>
    public static string UrlKey(string listener) => $"{Section}:{listener}:Url";

    /// <summary>
    /// Every configured listener except the management one, including those that only Kestrel's own settings name, such as TLS.
    /// </summary>
    public static IReadOnlyList<string> OfTheDataPlane(IConfiguration configuration) =>
        [.. configuration.GetSection(Section).GetChildren().Select(listener => listener.Key)
            .Where(name => !name.Equals(Management, StringComparison.OrdinalIgnoreCase))];

    /// <summary>Whether a request came in through the management listener.</summary>
    public static bool IsManagement(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(ManagementMark) == true;

    /// <summary>Marks the connections of a listener as management's.</summary>
    public static void MarkAsManagement(this ListenOptions options) => options.Use(next => connection =>
    {
        connection.Items[ManagementMark] = true;
        return next(connection);
    });
}
