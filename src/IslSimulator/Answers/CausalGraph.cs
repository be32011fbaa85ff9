using System.Text.Json;

namespace IslSimulator.Answers;

/// <summary>A directed graph as the guide writes it: <c>{"nodes":["A","B"],"edges":[["A","B"]]}</c>.</summary>
internal sealed class CausalGraph
{
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly List<(string From, string To)> _edges = [];

    public static CausalGraph? Read(JsonElement dag)
    {
        if (dag.ValueKind != JsonValueKind.Object
            || !dag.TryGetProperty("nodes", out var nodes) || nodes.ValueKind != JsonValueKind.Array
            || !dag.TryGetProperty("edges", out var edges) || edges.ValueKind != JsonValueKind.Array)
            return null;

        var graph = new CausalGraph();
        foreach (var node in nodes.EnumerateArray())
        {
            if (node.ValueKind != JsonValueKind.String) return null;
            graph._nodes.Add(node.GetString()!);
        }

        foreach (var edge in edges.EnumerateArray())
        {
            if (edge.ValueKind != JsonValueKind.Array || edge.GetArrayLength() != 2
                || edge[0].ValueKind != JsonValueKind.String || edge[1].ValueKind != JsonValueKind.String)
                return null;
            graph._edges.Add((edge[0].GetString()!, edge[1].GetString()!));
        }

        return graph;
    }

    public bool Has(string node) => _nodes.Contains(node);

    public string? UnknownNode() => _edges.SelectMany(static edge => new[] { edge.From, edge.To }).FirstOrDefault(node => !Has(node));

    public bool HasCycle()
    {
        var left = new HashSet<string>(_nodes, StringComparer.Ordinal);
        while (left.RemoveWhere(node => !_edges.Any(edge => edge.To == node && left.Contains(edge.From))) > 0)
        {
        }

        return left.Count > 0;
    }

    public string[] Parents(string node) =>
        [.. _edges.Where(edge => edge.To == node).Select(static edge => edge.From).Distinct().Order(StringComparer.Ordinal)];

    public bool Reaches(string from, string to, string? avoiding = null)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { from };
        var queue = new Queue<string>([from]);
        while (queue.TryDequeue(out var node))
        {
            foreach (var edge in _edges.Where(edge => edge.From == node && edge.To != avoiding))
            {
                if (edge.To == to) return true;
                if (seen.Add(edge.To)) queue.Enqueue(edge.To);
            }
        }

        return false;
    }
}
