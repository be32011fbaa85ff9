namespace IslGateway.Commands.CacheSimulation;

/// <summary>Figures of each endpoint that a log names.</summary>
internal sealed class EndpointFigures
{
    /// <summary>The most endpoints that are told apart; a gateway's table has about fifty.</summary>
    private const int MostEndpoints = 1_000;

    private const string Others = "(others)";

    private readonly SortedDictionary<string, CacheFigures> _endpoints = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _endpoints.Keys;

    public IEnumerable<KeyValuePair<string, CacheFigures>> Endpoints => _endpoints;

    /// <summary>The figures of an endpoint, which are changed in place.</summary>
    public CacheFigures Of(string row)
    {
        if (_endpoints.TryGetValue(row, out var known)) return known;
        if (_endpoints.Count >= MostEndpoints && row != Others) return Of(Others);
        return _endpoints[row] = new CacheFigures();
    }

    /// <summary>Of one endpoint, or of all together.</summary>
    public CacheFigures Sum(string? row)
    {
        var sum = new CacheFigures();
        foreach (var (name, figures) in _endpoints)
        {
            if (row is null || name == row) sum.Add(figures);
        }

        return sum;
    }
}
