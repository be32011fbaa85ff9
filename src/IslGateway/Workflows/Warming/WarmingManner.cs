namespace IslGateway.Workflows.Warming;

/// <summary>In what way requests are asked before callers ask.</summary>
/// <param name="Scheme"><c>http</c>, or <c>https</c> as from callers that come by TLS.</param>
/// <param name="IdPrefix">What their request ids begin with.</param>
/// <param name="OnlyWhileIdle">Whether ISL must have nothing else to do.</param>
internal sealed record WarmingManner(string Scheme, string IdPrefix, bool OnlyWhileIdle)
{
    public static WarmingManner Warming(string scheme) => new(scheme, "warm-", OnlyWhileIdle: false);
}
