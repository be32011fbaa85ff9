using System.Net;
using System.Text;
using System.Text.Unicode;
using IslGateway.Caching.Purging;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;

namespace IslGateway.Operations.Api;

/// <summary>Reads <c>endpoint=NAME|PATH</c>, <c>user=ID</c> and <c>all=true</c>, in any number and order.</summary>
internal static class PurgeQuery
{
    /// <summary>What to purge, or what is wrong with the query.</summary>
    public static (PurgeOrder? Order, Problem? Problem) Read(HttpRequest request, EndpointTable table)
    {
        if (!IsText(request.QueryString)) return (null, Problems.WrongQuery("The query is not percent-encoded UTF-8."));
        var (everything, rows, users) = (false, new List<EndpointRow>(), new List<Digest>());
        foreach (var (name, values) in request.Query)
        {
            foreach (var value in values)
            {
                var problem = name.ToUpperInvariant() switch
                {
                    "ALL" => (everything = value == "true") ? null : Problems.WrongQuery("all must be 'true' where it is given."),
                    "ENDPOINT" => AddRows(value ?? "", table, rows),
                    "USER" => AddUser(value ?? "", users),
                    _ => Problems.UnknownPurgeParameter(name),
                };
                if (problem is not null) return (null, problem);
            }
        }

        return everything || rows.Count > 0 || users.Count > 0
            ? (new PurgeOrder(everything, [.. rows.Distinct()], [.. users.Distinct()]), null)
            : (null, Problems.WrongQuery("Nothing is named: say endpoint=NAME or PATH, user=ID, all=true, or several of them."));
    }

    private static Problem? AddRows(string endpoint, EndpointTable table, List<EndpointRow> rows)
    {
        var cacheable = table.Rows.Where(row => row.IsCacheable).ToList();
        var named = cacheable.Where(row => row.Name.Equals(endpoint, StringComparison.OrdinalIgnoreCase) || row.Path == endpoint).ToList();
        rows.AddRange(named);
        return named.Count > 0 ? null : Problems.UnknownPurgeEndpoint(endpoint, string.Join(", ", cacheable.Select(row => row.Name)));
    }

    /// <summary>Else ASP.NET would leave the escapes as they are: another user's name.</summary>
    private static bool IsText(QueryString query) =>
        Utf8.IsValid(WebUtility.UrlDecodeToBytes(Encoding.Latin1.GetBytes(query.Value ?? ""), 0, query.Value?.Length ?? 0));

    /// <summary>The user's digest is made as for a session's body.</summary>
    private static Problem? AddUser(string user, List<Digest> users)
    {
        if (user.Length == 0) return Problems.WrongQuery("user is empty.");
        users.Add(Digest.Of(Encoding.UTF8.GetBytes(user)));
        return null;
    }
}
