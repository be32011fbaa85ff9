using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema.Keywords;

namespace IslGateway.Caching.Validation;

/// <summary>
/// The parts of ISL's document that a relaxed schema refers to, each relaxed once, in turn and not one within the other: a long chain of
/// references must not need a deep stack.
/// </summary>
internal sealed class RelaxedDefinitions
{
    /// <summary>The schema that refers and is referred to by none.</summary>
    public const string Root = "";

    /// <summary>How many definitions may be evaluated at one place of the body, one referring to the next.</summary>
    private const int MaxChain = 16;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Queue<(string Name, JsonElement Target)> _pending = new();
    private readonly Dictionary<string, JsonNode> _relaxed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _inPlace = new(StringComparer.Ordinal) { [Root] = [] };

    /// <summary>The name of a definition, which will be relaxed if it was not yet.</summary>
    /// <param name="pointer">Its place in ISL's document.</param>
    /// <param name="target">What stands there.</param>
    /// <param name="owner">The definition that refers to it for the same place of the body, if one does.</param>
    public string NameOf(string pointer, JsonElement target, string? owner)
    {
        if (!_names.TryGetValue(pointer, out var name))
        {
            name = "d" + _names.Count.ToString(CultureInfo.InvariantCulture);
            _names.Add(pointer, name);
            _inPlace.Add(name, []);
            _pending.Enqueue((name, target));
        }

        if (owner is not null) _inPlace[owner].Add(name);
        return name;
    }

    /// <summary>The next definition to be relaxed.</summary>
    public bool TryNext(out string name, out JsonElement target)
    {
        var found = _pending.TryDequeue(out var next);
        (name, target) = next;
        return found;
    }

    /// <summary>Takes the definition that was relaxed.</summary>
    public void Define(string name, JsonNode relaxed) => _relaxed.Add(name, relaxed);

    /// <summary>
    /// Adds all definitions to the schema that refers to them. Those that refer to each other for one place of the body in a circle, or in
    /// too long a chain, take everything.
    /// </summary>
    public JsonNode AddTo(JsonNode root)
    {
        var ending = Ending();
        if (root is not JsonObject keywords || !ending.Contains(Root)) return true;
        var definitions = new JsonObject();
        foreach (var (name, relaxed) in _relaxed) definitions[name] = ending.Contains(name) ? relaxed : true;
        if (definitions.Count > 0) keywords[DefsKeyword.Instance.Name] = definitions;
        return keywords;
    }

    /// <summary>The definitions from which every chain comes to its end in time.</summary>
    private HashSet<string> Ending()
    {
        var ending = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < MaxChain; round++)
        {
            var next = _inPlace.Where(edges => !ending.Contains(edges.Key) && edges.Value.All(ending.Contains))
                .Select(static edges => edges.Key).ToList();
            if (next.Count == 0) break;
            ending.UnionWith(next);
        }

        return ending;
    }
}
