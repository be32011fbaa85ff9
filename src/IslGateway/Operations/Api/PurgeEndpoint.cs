using IslGateway.Caching.Purging;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Operations.Audit;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>DELETE /api/cache</c>: reports what was purged here, whether Redis has it, and what Redis has not acknowledged yet.
/// </summary>
internal sealed class PurgeEndpoint(Purger purger, EndpointTable table)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var (order, problem) = PurgeQuery.Read(context.Request, table);
        if (order is null)
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem!);
            return;
        }

        var report = await purger.PurgeAsync(order);
        var rows = order.Rows.Select(row => row.Name).ToList();
        var (redis, pending) = (Word(report.Redis), purger.Pending);
        AuditEntry.Of(context).Tell("purge", Named(order, rows), $"done, Redis: {redis}");
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
}
