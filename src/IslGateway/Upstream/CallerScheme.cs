namespace IslGateway.Upstream;

/// <summary>
/// Whether a caller came by TLS or in clear text, which ISL's redirects and its <c>Strict-Transport-Security</c> depend on.
/// </summary>
internal static class CallerScheme
{
    public const string Header = "X-Forwarded-Proto";

    /// <summary>Tells ISL if a request came by TLS. What a proxy in front of the gateway says of its own caller is kept.</summary>
    public static void Tell(HttpRequest request)
    {
        if (request.IsHttps) request.Headers.TryAdd(Header, Uri.UriSchemeHttps);
    }

    /// <summary>Whether the caller came by TLS, to the gateway or to a proxy in front of it.</summary>
    public static bool IsTls(HttpRequest request) =>
        request.Headers[Header] is [{ } scheme] && scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);
}
