namespace IslGateway.Settings;

/// <summary>Section <c>Compare</c>: what the answers of ISL may be compared with.</summary>
internal sealed class CompareOptions
{
    /// <summary>
    /// Candidates that may be asked, each a host or <c>host:port</c>: they are sent kept requests, and <c>Warming:Credentials</c> if the
    /// caller says so. Empty: any that whoever may make the call names.
    /// </summary>
    public string[] Hosts { get; init; } = [];

    /// <summary>Whether a candidate may be asked.</summary>
    public bool Allows(Uri candidate) => Hosts.Length == 0 || Array.Exists(Hosts, host =>
        host.Equals(candidate.Host, StringComparison.OrdinalIgnoreCase)
        || host.Equals($"{candidate.Host}:{candidate.Port}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a text is a host, or a host and a port: nothing else of an address.</summary>
    public static bool IsHost(string text) =>
        Uri.TryCreate($"http://{text}", UriKind.Absolute, out var uri)
        && (text.Equals(uri.Host, StringComparison.OrdinalIgnoreCase)
            || text.Equals($"{uri.Host}:{uri.Port}", StringComparison.OrdinalIgnoreCase));
}
