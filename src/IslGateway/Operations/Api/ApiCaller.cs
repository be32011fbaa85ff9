using System.Net;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Operations.Api;

/// <summary>What is known about a caller of the operations API.</summary>
/// <param name="Address">The other end of the connection.</param>
/// <param name="Scheme">The connection's scheme.</param>
/// <param name="Host">The host that was asked for, with its port if there is one.</param>
/// <param name="Authorization">Every <c>Authorization</c> header.</param>
/// <param name="Origin">Every <c>Origin</c> header.</param>
/// <param name="IsForwarded">Whether a proxy has added a header of its own.</param>
internal sealed record ApiCaller(
    IPAddress? Address, string Scheme, HostString Host, StringValues Authorization, StringValues Origin, bool IsForwarded)
{
    public static ApiCaller Of(HttpContext context)
    {
        var request = context.Request;

        // As it came: the framework's own reading fails on what only looks like an internationalised name.
        var host = new HostString(request.Headers.Host.ToString());
        return new ApiCaller(
            context.Connection.RemoteIpAddress, request.Scheme, host, request.Headers.Authorization, request.Headers.Origin,
            request.Headers.Keys.Any(IsProxyMark));
    }

    private static bool IsProxyMark(string header) =>
        header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase);
}
