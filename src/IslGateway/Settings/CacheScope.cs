namespace IslGateway.Settings;

/// <summary>
/// What gateways must have in common to share anything in Redis: <c>Cache:Scope</c> or, if that is unset, ISL's addresses. Different
/// spellings of one address count as equal: trailing slashes, case of the host, default port, order of several addresses.
/// </summary>
internal static class CacheScope
{
    /// <summary>Scope of the embedded simulator, which answers alike wherever it runs.</summary>
    private const string Embedded = "simulator";

    public static string Of(GatewaySettings settings) =>
        Normalise(string.IsNullOrWhiteSpace(settings.Cache.Scope) ? settings.Isl.BaseUrl ?? Embedded : settings.Cache.Scope.Trim());

    /// <summary>An address is normalised; any other word stays as it is.</summary>
    private static string Normalise(string text)
    {
        var addresses = ReplicaAddresses.Split(text);
        return addresses.Count == ReplicaAddresses.Texts(text).Length && addresses.All(address => address.Scheme is "http" or "https")
            ? string.Join(';', addresses.Select(Normalise).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            : text;
    }

    private static string Normalise(Uri address) =>
        $"{address.Scheme}://{address.IdnHost.ToLowerInvariant()}:{address.Port}{address.AbsolutePath.TrimEnd('/')}";
}
