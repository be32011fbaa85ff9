using IslGateway.Caching.Purging;
using IslGateway.Edge;
using IslGateway.Endpoints;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>DELETE /api/cache</c>: reports what was purged here, whether Redis has it, and what Redis has not acknowledged yet.
/// </summary>
internal sealed partial class PurgeEndpoint(Purger purger, EndpointTable table, ILogger<PurgeEndpoint> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var (order, problem) = PurgeQuery.Read(context.Request.Query, table);
        if (order is null)
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem!);
            return;
        }

        var report = await purger.PurgeAsync(order);
        var rows = order.Rows.Select(row => row.Name).ToList();
        var (what, redis, who, pending) = (Named(order, rows), Word(report.Redis), Who(context), purger.Pending);
        LogPurged(what, redis, who, context.TraceIdentifier);
        await context.Response.WriteAsJsonAsync(
            new
            {
                purged = new { all = order.Everything, endpoints = rows, users = order.Users.Count },
                redis,
                pending = report.Users == PurgeReach.Queued ? [.. pending, "users"] : pending,
                request_id = context.TraceIdentifier,
            },
            context.RequestAborted);
    }

    private static string Named(PurgeOrder order, List<string> rows)
    {
        List<string> named = order.Everything ? ["everything"] : [];
        named.AddRange(rows);
        if (order.Users.Count > 0) named.Add(order.Users.Count == 1 ? "one user" : $"{order.Users.Count} users");
        return string.Join(", ", named);
    }

    private static string Word(PurgeReach reach) => reach.ToString().ToLowerInvariant();

    private static string Who(HttpContext context) =>
        context.Items[typeof(ApiVerdict)] is ApiVerdict.HasKey ? "a key's holder" : "this machine";

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Purged: {What}. Redis: {Redis}. Asked for by {Who} (request {RequestId})")]
    private partial void LogPurged(string what, string redis, string who, string requestId);
}
