using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Upstream;

/// <summary>
/// This gateway's entry in <c>Via</c> (RFC 9110, section 7.6.3), which every request to ISL carries. A request that arrives with it has
/// passed this gateway before, so ISL's address leads back here.
/// <code>
///   member = protocol-version " " pseudonym           2 isl-gateway-0f1e2d3c4b5a6978
///   pseudonym = "isl-gateway-" 16 hexadecimal digits  random for each gateway, so that one may stand before another
/// </code>
/// </summary>
internal sealed partial class Via
{
    public const string Header = "Via";

    private const string Protocol = "HTTP/";

    private readonly string _pseudonym = "isl-gateway-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private readonly ConcurrentDictionary<string, string> _members = new(StringComparer.Ordinal);

    /// <summary>The entry for a request under a protocol such as <c>HTTP/1.1</c>.</summary>
    public string Member(string protocol) => _members.GetOrAdd(protocol, MemberOf);

    private string MemberOf(string protocol) =>
        $"{(protocol.StartsWith(Protocol, StringComparison.OrdinalIgnoreCase) ? protocol[Protocol.Length..] : protocol)} {_pseudonym}";

    /// <summary>Whether a request with these values has passed this gateway.</summary>
    public bool HasPassed(StringValues values)
    {
        foreach (var value in values)
        {
            if (value?.Contains(_pseudonym, StringComparison.OrdinalIgnoreCase) == true) return true;
        }

        return false;
    }

    /// <summary>
    /// The part of the caller's values that a detached call keeps: other gateways' entries, without which a loop through two gateways would
    /// not be noticed, and nothing that a caller could word freely.
    /// </summary>
    public static StringValues Gateways(StringValues values)
    {
        if (values.Count == 0) return default;
        var found = Pseudonym().Matches(values.ToString());
        return found.Count == 0 ? default : new StringValues(string.Join(", ", found.Select(match => $"1.1 {match.Value}")));
    }

    [GeneratedRegex(@"(?<![\w-])isl-gateway-[0-9a-f]{16}(?![\w-])", RegexOptions.CultureInvariant)]
    private static partial Regex Pseudonym();
}
