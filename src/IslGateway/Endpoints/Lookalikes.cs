namespace IslGateway.Endpoints;

/// <summary>
/// Tells whether a request that matches no row could be taken by a server for a call of one of these rows: by another spelling of the path
/// (<see cref="LoosePath"/>) or another method. To err on that side costs hits, to err on the other gives wrong answers. Only for requests
/// that match no row: it allocates.
/// </summary>
internal sealed class Lookalikes(IEnumerable<EndpointRow> rows)
{
    private static readonly string[] MethodOverrides = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

    // Null stands for a free segment.
    private readonly (EndpointRow Row, string?[] Pattern)[] _rows =
    [
        .. rows.Select(row =>
            (row, LoosePath.Readings(row.Path).First().Select(segment => PathTemplate.IsTemplate(segment) ? null : segment).ToArray())),
    ];

    /// <summary>Whether the request looks like a call of one of the rows.</summary>
    /// <param name="method">As it came.</param>
    /// <param name="rawPath">Undecoded, without query.</param>
    /// <param name="headers">Searched for another method.</param>
    public bool Include(string method, string rawPath, IHeaderDictionary headers)
    {
        if (_rows.Length == 0) return false;
        foreach (var reading in LoosePath.Readings(rawPath))
        {
            foreach (var (row, pattern) in _rows)
            {
                if (LoosePath.Fits(pattern, reading) && MayChange(row, method.ToUpperInvariant(), headers)) return true;
            }
        }

        return false;
    }

    /// <summary>Methods that are safe (RFC 9110, section 9.2.1) change nothing, unless the row itself or another header says so.</summary>
    private static bool MayChange(EndpointRow row, string method, IHeaderDictionary headers) =>
        row.Methods.Contains(method) || method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE") || MethodOverrides.Any(headers.ContainsKey);
}
