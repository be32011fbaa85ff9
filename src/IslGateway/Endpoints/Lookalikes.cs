namespace IslGateway.Endpoints;

/// <summary>
/// Tells whether a server might take a request that matches no row for a call of one of these rows, by another spelling of the path
/// (<see cref="LoosePath"/>) or another method. To say yes wrongly costs hits; to say no wrongly gives wrong answers. Only for requests
/// that match no row, since it allocates.
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
    /// <param name="method">The method as sent.</param>
    /// <param name="rawPath">Undecoded, without query.</param>
    /// <param name="headers">The headers, which may name another method.</param>
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

    /// <summary>
    /// Safe methods (RFC 9110, section 9.2.1) change nothing, unless the row itself serves them or a header overrides the method.
    /// </summary>
    private static bool MayChange(EndpointRow row, string method, IHeaderDictionary headers) =>
        row.Methods.Contains(method) || method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE") || MethodOverrides.Any(headers.ContainsKey);
}
