namespace IslGateway.Operations.Health;

/// <summary>Live: the process answers. Ready: it should be sent requests, even while ISL or Redis is down.</summary>
internal static class HealthEndpoints
{
    public const string Live = "/health/live";
    public const string Ready = "/health/ready";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Live, () => Results.Json(new { status = "ok" }));
        routes.MapGet(Ready, (Readiness readiness) =>
            Results.Json(
                readiness.Report(),
                statusCode: readiness.IsDraining ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK));
    }
}
