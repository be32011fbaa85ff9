using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>GET /api/requests/slow?endpoint=NAME|PATH&amp;limit=N</c>: the slowest requests of each endpoint, slowest first. Both may be left
/// out; <c>other</c> names what matches no row.
/// </summary>
internal sealed class SlowRequestsEndpoint(RequestLog log, EndpointTable table)
{
    /// <summary>The most that <c>limit</c> may ask for: more than are ever kept.</summary>
    private const int MaxLimit = 100_000;

    public Task InvokeAsync(HttpContext context)
    {
        var (endpoint, limit, problem) = Read(context.Request.Query);
        if (problem is not null) return ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem);
        var requests = log.Slowest().Where(request => endpoint is null || request.Endpoint == endpoint).Take(limit).Select(Shown);
        return context.Response.WriteAsJsonAsync(new { requests }, context.RequestAborted);
    }

    private (string? Endpoint, int Limit, Problem? Problem) Read(IQueryCollection query)
    {
        var (endpoint, limit) = ((string?)null, MaxLimit);
        foreach (var (name, values) in query)
        {
            var isEndpoint = name.Equals("endpoint", StringComparison.OrdinalIgnoreCase);
            if (!isEndpoint && !name.Equals("limit", StringComparison.OrdinalIgnoreCase))
                return (null, 0, Problems.UnknownSlowParameter(name));
            if (values is not [{ } value])
                return (null, 0, Problems.WrongQuery($"{(isEndpoint ? "endpoint" : "limit")} is given twice."));
            if (isEndpoint && (endpoint = LabelOf(value)) is null) return (null, 0, Problems.UnknownSlowEndpoint(value, Names()));
            if (!isEndpoint && !(int.TryParse(value, out limit) && limit is >= 1 and <= MaxLimit))
                return (null, 0, Problems.WrongQuery($"limit must be a whole number from 1 to {MaxLimit}."));
        }

        return (endpoint, limit, null);
    }

    private string? LabelOf(string endpoint) => endpoint == EndpointTable.Other ? endpoint : table.Rows
        .FirstOrDefault(row => row.Name.Equals(endpoint, StringComparison.OrdinalIgnoreCase) || row.Path == endpoint)?.Path;

    private string Names() => string.Join(", ", table.Rows.Select(row => row.Name).Append(EndpointTable.Other));

    private object Shown(SlowRequest request) => new
    {
        endpoint = request.Endpoint,
        name = table.Match(request.Endpoint)?.Name,
        request_id = request.RequestId,
        trace_id = request.TraceId,
        at = request.At.UtcDateTime,
        status = request.Status,
        cache_status = request.CacheStatus,
        duration_seconds = Seconds(request.Duration),
        upstream_seconds = Seconds(request.Upstream),
        queue_seconds = Seconds(request.Queued),
    };

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 6);
}
