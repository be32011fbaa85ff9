using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Operations.Api;

/// <summary>
/// Decides who may change something through the management listener. With keys: whoever sends one, which a foreign web page cannot. Without
/// keys: only this machine, and neither a web page in its browser nor a proxy on it.
/// </summary>
internal static class ApiAccess
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether a method is one that changes nothing (RFC 9110, section 9.2.1, without TRACE).</summary>
    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    public static ApiVerdict Decide(ApiCaller caller, IReadOnlyList<string> keys) =>
        keys.Count > 0 ? HasKey(caller.Authorization, keys) ? ApiVerdict.HasKey : ApiVerdict.LacksKey
        : !IsLoopback(caller.Address) ? ApiVerdict.FromElsewhere
        : !NamesThisMachine(caller.Host) ? ApiVerdict.ForeignHost
        : !IsOwnOrigin(caller) ? ApiVerdict.ForeignOrigin
        : caller.IsForwarded ? ApiVerdict.Forwarded
        : ApiVerdict.IsLocal;

    /// <summary>The key that a caller sends; null if it sends none in the one way in which it may.</summary>
    public static string? KeyOf(StringValues authorization) =>
        authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim(' ')
            : null;

    /// <summary>Compares every key, by digests, so that the time taken tells nothing about any key.</summary>
    private static bool HasKey(StringValues authorization, IReadOnlyList<string> keys)
    {
        if (KeyOf(authorization) is not { } sent) return false;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes], wanted = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(sent), given);
        var known = false;
        foreach (var key in keys)
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(key), wanted);
            known |= CryptographicOperations.FixedTimeEquals(given, wanted);
        }

        return known;
    }

    private static bool IsLoopback(IPAddress? address) =>
        address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool NamesThisMachine(HostString host) =>
        host.HasValue && host.Host.ToUpperInvariant() is "LOCALHOST" or "127.0.0.1" or "[::1]"
        && (host.Value!.Length == host.Host.Length || host.Port is not null);

    /// <summary>Browsers send <c>Origin</c> with every call that changes something; other clients send none.</summary>
    private static bool IsOwnOrigin(ApiCaller caller) =>
        caller.Origin.Count == 0
        || (caller.Origin is [{ } origin]
            && Uri.TryCreate(origin, UriKind.Absolute, out var theirs)
            && Uri.TryCreate($"{caller.Scheme}://{caller.Host.Value}", UriKind.Absolute, out var ours)
            && theirs.UserInfo.Length == 0
            && Uri.Compare(theirs, ours, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0);
}
