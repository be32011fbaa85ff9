namespace IslGateway.Operations.Health;

/// <summary>Live: the process answers. Ready: it should be sent requests, even while ISL or Redis is down.</summary>
internal static class HealthEndpoints
{
    public const string Live = "/health/live";
    public const string Ready = "/health/ready";

    /// <summary>Many monitors ask with <c>HEAD</c>.</summary>
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Live, Methods, () => Results.Json(new { status = "ok" }));
        routes.MapMethods(Ready, Methods, (Readiness readiness) =>
            Results.Json(
                readiness.Report(),
                statusCode: readiness.IsDraining ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK));
    }
}
