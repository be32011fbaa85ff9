using System.Collections.Frozen;
using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>
/// All endpoint rows, found by raw path. Paths are compared byte by byte as they stand on the request line: to ISL another case, an empty
/// segment or an escape makes another path, so a path that only resembles a row's does not match it.
/// </summary>
internal sealed class EndpointTable
{
    /// <summary>The metric label of everything that matches no row.</summary>
    public const string Other = "other";

    private readonly FrozenDictionary<string, EndpointRow[]>.AlternateLookup<ReadOnlySpan<char>> _literals;
    private readonly PathTemplate[] _templates;

    private EndpointTable(IReadOnlyList<EndpointRow> rows)
    {
        Rows = rows;
        var paths = rows.GroupBy(row => row.Path, StringComparer.Ordinal).ToLookup(group => PathTemplate.IsTemplate(group.Key));
        _literals = paths[false]
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _templates = [.. paths[true].Select(group => new PathTemplate(group.Key, [.. group]))];
    }

    /// <summary>The rows in the order of their <see cref="EndpointRow.Index"/>.</summary>
    public IReadOnlyList<EndpointRow> Rows { get; }

    /// <summary>Fills in the rows' defaults.</summary>
    public static EndpointTable Compile(GatewaySettings settings)
    {
        var tried = settings.Experiments.Values.Select(experiment => experiment.Endpoint).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var defaults = new RowDefaults(settings.Cache);
        var rows = settings.Endpoints.Select(
            (row, index) => EndpointRow.Compile(row.Key, row.Value, defaults, index, tried.Contains(row.Key)));
        return new EndpointTable([.. rows]);
    }

    /// <summary>The row of a raw path (undecoded, without query), whether or not it serves the method; literal paths first.</summary>
    public EndpointRow? Match(ReadOnlySpan<char> rawPath) => Find(rawPath)?[0];

    /// <summary>The same, where several rows share a path: the one that serves the method, else the first.</summary>
    public EndpointRow? Match(ReadOnlySpan<char> rawPath, string method)
    {
        if (Find(rawPath) is not { } rows)
        {
            return null;
        }

        foreach (var row in rows)
        {
            if (row.Accepts(method))
            {
                return row;
            }
        }

        return rows[0];
    }

    private EndpointRow[]? Find(ReadOnlySpan<char> rawPath)
    {
        if (_literals.TryGetValue(rawPath, out var rows))
        {
            return rows;
        }

        foreach (var template in _templates)
        {
            if (template.Matches(rawPath))
            {
                return template.Rows;
            }
        }

        return null;
    }
}
