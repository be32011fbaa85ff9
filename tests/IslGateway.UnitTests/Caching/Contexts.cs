using IslGateway.Caching;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching;

/// <summary>Requests as they stand when they have passed the edge.</summary>
internal static class Contexts
{
    public static CacheContext Of(
        HttpContext http, EndpointRow? row = null, GatewaySettings? settings = null, RequestBody? body = null, string requestId = "i") =>
        new()
        {
            Http = http,
            RequestId = requestId,
            RawTarget = row?.Path ?? "/a",
            Row = row,
            Body = body,
            Settings = settings ?? new GatewaySettings(),
        };
}
