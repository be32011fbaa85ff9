using IslGateway.Operations.Explain;

namespace IslGateway.Operations.Api;

internal static class ApiExtensions
{
    private const string Root = "/api";

    public static IServiceCollection AddApi(this IServiceCollection services) =>
        services.AddSingleton<PurgeEndpoint>().AddSingleton<WarmEndpoint>().AddSingleton<UpstreamStats>().AddSingleton<ExperimentStats>()
            .AddSingleton<Stats>().AddSingleton<SlowRequestsEndpoint>().AddSingleton<QuarantineEndpoint>().AddSingleton<ApiAudit>()
            .AddSingleton<CompareEndpoint>().AddExplain();

    /// <summary>Adds everything under <c>/api</c>; its routes are reached only through <see cref="ApiMiddleware"/>.</summary>
    public static IApplicationBuilder UseApi(this IApplicationBuilder management) => management.Map(Root, api =>
    {
        api.UseMiddleware<ApiMiddleware>();
        api.UseRouting();
        api.UseEndpoints(routes =>
        {
            routes.MapMethods("/stats", [HttpMethods.Get, HttpMethods.Head], (Stats stats) => Results.Json(stats.Report()));
            routes.MapMethods(
                "/requests/slow", [HttpMethods.Get, HttpMethods.Head],
                (HttpContext context, SlowRequestsEndpoint slow) => slow.InvokeAsync(context));
            routes.MapPost("/cache/explain", (HttpContext context, ExplainEndpoint explain) => explain.InvokeAsync(context));
            routes.MapMethods(
                "/quarantine", [HttpMethods.Delete], (HttpContext context, QuarantineEndpoint lift) => lift.InvokeAsync(context));
            routes.MapMethods("/cache/warm", [HttpMethods.Post], (HttpContext context, WarmEndpoint warm) => warm.InvokeAsync(context));
            routes.MapPost("/compare", (HttpContext context, CompareEndpoint compare) => compare.InvokeAsync(context));
            routes.MapMethods(
                "/compare", [HttpMethods.Get, HttpMethods.Head],
                (HttpContext context, CompareEndpoint compare) => compare.ShowAsync(context));
            routes.MapMethods("/cache", [HttpMethods.Delete], (HttpContext context, PurgeEndpoint purge) => purge.InvokeAsync(context));
        });
    });
}
