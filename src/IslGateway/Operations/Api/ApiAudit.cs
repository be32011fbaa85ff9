using System.Security.Cryptography;
using System.Text;
using IslGateway.Operations.Audit;

namespace IslGateway.Operations.Api;

/// <summary>Writes the audit line of a management call, from what its endpoint told of it and from how it was answered.</summary>
internal sealed class ApiAudit(AuditLog log, EndpointDataSource routes)
{
    /// <summary>Hexadecimal digits of a key's SHA-256 that name it: enough to tell keys apart, too few to find one.</summary>
    private const int DigestLength = 8;

    private const string Nothing = "nothing";

    /// <summary>Writes the line.</summary>
    /// <param name="context">The call, which has been answered.</param>
    /// <param name="verdict">Whether it was allowed.</param>
    public void Write(HttpContext context, ApiVerdict verdict)
    {
        var (entry, isAllowed) = (AuditEntry.Of(context), verdict is ApiVerdict.HasKey or ApiVerdict.IsLocal);
        if (entry.OnlyAsks && isAllowed) return;
        Action<string, string, string, string, string, string> write = isAllowed ? log.Write : log.WriteRefused;
        write(
            entry.Action ?? CallOf(context.Request), entry.What ?? Nothing, entry.Outcome ?? OutcomeOf(context, isAllowed),
            WhoOf(context.Request, verdict), context.Connection.RemoteIpAddress?.ToString() ?? "nowhere", context.TraceIdentifier);
    }

    private static string OutcomeOf(HttpContext context, bool isAllowed) => context.Response.StatusCode switch
    {
        var status when !isAllowed => $"refused with {status}",
        _ when context.RequestAborted.IsCancellationRequested => "the caller left",
        < 300 => "done",
        var status => $"failed with {status}",
    };

    private static string WhoOf(HttpRequest request, ApiVerdict verdict) => verdict switch
    {
        ApiVerdict.HasKey => $"key {DigestOf(request)}",
        ApiVerdict.LacksKey when request.Headers.Authorization.Count > 0 => $"unknown key {DigestOf(request)}",
        ApiVerdict.IsLocal => "this machine",
        _ => "nobody known",
    };

    private static string DigestOf(HttpRequest request)
    {
        var key = ApiAccess.KeyOf(request.Headers.Authorization) ?? "";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..DigestLength];
    }

    /// <summary>Method and path, as far as they are the gateway's own: the rest of what a caller sends may be anything.</summary>
    private string CallOf(HttpRequest request)
    {
        var path = routes.Endpoints.OfType<RouteEndpoint>().Select(route => route.RoutePattern.RawText)
            .FirstOrDefault(pattern => string.Equals(pattern, request.Path.Value, StringComparison.OrdinalIgnoreCase));
        return $"{MethodOf(request.Method)} {(path is null ? "an unknown path" : request.PathBase.Value + path)}";
    }

    private static string MethodOf(string method) =>
        HttpMethods.IsDelete(method) || HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsPatch(method)
            ? HttpMethods.GetCanonicalizedValue(method)
            : "another method on";
}
