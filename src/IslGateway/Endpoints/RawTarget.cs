using System.Buffers;

namespace IslGateway.Endpoints;

/// <summary>The request target as it stood on the request line (RFC 9112, section 3.2), never decoded or normalised.</summary>
internal static class RawTarget
{
    /// <summary>
    /// The characters of a target: visible ASCII, except <c>#</c>, since a fragment is never sent (RFC 9110, section 4.2.5).
    /// </summary>
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(character => character != '#')]);

    /// <summary>Whether a target can stand on a request line. The HTTP client writes it there unchecked.</summary>
    public static bool IsWellFormed(string target) => !target.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>The target in origin form; of an absolute form, what follows the authority.</summary>
    public static string InOriginForm(string target)
    {
        if (target.StartsWith('/')) return target;
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0) return "/";
        var path = target.AsSpan(authority + 3).IndexOfAny('/', '?');
        return path < 0 ? "/" : target[(authority + 3 + path)..] is ['/', ..] rest ? rest : "/" + target[(authority + 3 + path)..];
    }

    /// <summary>The path of a target in origin form, without the query.</summary>
    public static ReadOnlySpan<char> PathOf(string target) =>
        target.AsSpan().IndexOf('?') is var query and >= 0 ? target.AsSpan(0, query) : target;
}
