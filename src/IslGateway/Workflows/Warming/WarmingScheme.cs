using IslGateway.Edge;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// The scheme by which callers come, which is part of every key: TLS where the data plane has no listener without it, else clear text.
/// </summary>
internal sealed class WarmingScheme(IConfiguration configuration)
{
    public string Of { get; } = Listeners.OfTheDataPlane(configuration)
        .All(name => configuration[Listeners.UrlKey(name)]?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true)
            ? Uri.UriSchemeHttps
            : Uri.UriSchemeHttp;
}
