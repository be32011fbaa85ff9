using IslGateway.Caching.Epochs;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Operations.Audit;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>DELETE /api/quarantine?endpoint=NAME|PATH</c>: lets rows use the cache again that the sentinel has quarantined, and reports which
/// were.
/// </summary>
internal sealed class QuarantineEndpoint(Quarantine quarantine, EndpointTable table)
{
    private const string Parameter = "endpoint";

    public async Task InvokeAsync(HttpContext context)
    {
        var (rows, problem) = Read(context.Request.Query);
        if (problem is not null)
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem);
            return;
        }

        var lifted = rows.Where(quarantine.Lift).Select(row => row.Name).ToList();
        AuditEntry.Of(context).Tell(
            "lift quarantine", string.Join(", ", rows.Select(row => row.Name)), lifted.Count > 0 ? "done" : "there was none");
        await context.Response.WriteAsJsonAsync(new { lifted, request_id = context.TraceIdentifier }, context.RequestAborted);
    }

    private (List<EndpointRow> Rows, Problem? Problem) Read(IQueryCollection query)
    {
        var examined = table.Rows.Where(row => row.Cache == CachePolicy.Deterministic).ToList();
        var rows = new List<EndpointRow>();
        foreach (var (name, values) in query)
        {
            if (!name.Equals(Parameter, StringComparison.OrdinalIgnoreCase)) return (rows, Problems.UnknownQuarantineParameter(name));
            foreach (var value in values)
            {
                var named = examined.Where(row => row.Name.Equals(value, StringComparison.OrdinalIgnoreCase) || row.Path == value).ToList();
                if (named.Count == 0)
                    return (rows, Problems.UnknownQuarantineEndpoint(value ?? "", string.Join(", ", examined.Select(row => row.Name))));
                rows.AddRange(named.Except(rows));
            }
        }

        return rows.Count > 0 ? (rows, null) : (rows, Problems.WrongQuery("Nothing is named: say endpoint=NAME or PATH."));
    }
}
