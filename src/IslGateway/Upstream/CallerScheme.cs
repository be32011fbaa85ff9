namespace IslGateway.Upstream;

/// <summary>How a caller came: by TLS or in clear text. ISL's redirects and its <c>Strict-Transport-Security</c> go by it.</summary>
internal static class CallerScheme
{
    public const string Header = "X-Forwarded-Proto";

    /// <summary>Has a request that came by TLS say so. A proxy before the gateway knows better how its own caller came.</summary>
    public static void Tell(HttpRequest request)
    {
        if (request.IsHttps) request.Headers.TryAdd(Header, Uri.UriSchemeHttps);
    }

    /// <summary>Whether the caller came by TLS, to the gateway or to a proxy before it.</summary>
    public static bool IsTls(HttpRequest request) =>
        request.Headers[Header] is [{ } scheme] && scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);
}
