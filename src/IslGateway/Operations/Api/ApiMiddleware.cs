using IslGateway.Edge;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Operations.Api;

/// <summary>
/// Runs before everything under <c>/api</c>: gives the call its id, checks whether it may change something before looking at its path,
/// method or body, and writes every error in the gateway's own form.
/// </summary>
internal sealed partial class ApiMiddleware(
    RequestDelegate next, SettingsMonitor settings, ApiAudit audit, ILogger<ApiMiddleware> logger)
{
    /// <summary>ISL's own paths: a call for ISL at the wrong listener should be told so, and not asked for a key.</summary>
    private const string IslPaths = "/v1";

    public async Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = RequestId.Of(context.Request.Headers, out _);
        context.Response.OnStarting(static state => Stamp((HttpContext)state), context);
        if (context.Request.Path.StartsWithSegments(IslPaths, StringComparison.Ordinal))
            await EndAsync(context, Problems.UnknownManagementPath());
        else if (ApiAccess.IsSafe(context.Request.Method))
            await EndAsync(context, await ServeAsync(context));
        else
            await ChangeAsync(context);
    }

    /// <summary>Serves a call that may change something, and has its audit line written whatever becomes of it.</summary>
    private async Task ChangeAsync(HttpContext context)
    {
        var verdict = ApiAccess.Decide(ApiCaller.Of(context), settings.Current.Management.ApiKeys);
        try
        {
            await EndAsync(context, Refusal(verdict) ?? await ServeAsync(context));
        }
        finally
        {
            audit.Write(context, verdict);
        }
    }

    private static Task EndAsync(HttpContext context, Problem? problem) =>
        problem is not null && !context.Response.HasStarted
            ? ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem)
            : Task.CompletedTask;

    private static Problem? Refusal(ApiVerdict verdict) => verdict switch
    {
        ApiVerdict.HasKey or ApiVerdict.IsLocal => null,
        ApiVerdict.LacksKey => Problems.ManagementKeyRequired(),
        ApiVerdict.FromElsewhere => Problems.LoopbackOnly("it comes from another machine"),
        ApiVerdict.ForeignHost => Problems.LoopbackOnly("its Host is not localhost, 127.0.0.1 or [::1]"),
        ApiVerdict.ForeignOrigin => Problems.LoopbackOnly("its Origin is another site's"),
        _ => Problems.LoopbackOnly("a proxy has forwarded it"),
    };

    private async Task<Problem?> ServeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (BadHttpRequestException e)
        {
            return Problems.UnreadableBody(e.StatusCode, e.Message);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogFailed(context.TraceIdentifier, e);
            return Problems.Internal();
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.UnknownManagementPath(),
            StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(context.Response.Headers.Allow.ToString()),
            _ => null,
        };
    }

    private static Task Stamp(HttpContext context)
    {
        context.Response.Headers[RequestId.Header] = context.TraceIdentifier;
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A call of the operations API failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string requestId, Exception exception);
}
