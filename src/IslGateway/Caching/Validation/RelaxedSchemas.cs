using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema.Keywords;

namespace IslGateway.Caching.Validation;

/// <summary>
/// The shapes of relaxed schemas. Each has the <c>container</c> keyword, because steps are counted there, and what is a question of kinds
/// alone is one schema however it was composed.
/// </summary>
internal static class RelaxedSchemas
{
    /// <summary>What a definition says.</summary>
    public static JsonObject Reference(string name) => new()
    {
        [ContainerKeyword.Keyword] = Container.Any.ToJson(),
        [RefKeyword.Instance.Name] = $"#/{DefsKeyword.Instance.Name}/{name}",
    };

    /// <summary>One of several.</summary>
    public static JsonObject AnyOf(IReadOnlyList<JsonNode> schemas)
    {
        var containers = schemas.Select(static schema => AsContainer((JsonObject)schema)).OfType<Container>().ToList();
        var rest = schemas.Where(static schema => AsContainer((JsonObject)schema) is null).ToList();
        var merged = containers.Count == 0 ? null : Of(containers.Aggregate(static (one, other) => one.Or(other)));
        if (rest.Count == 0) return merged!;
        if (rest.Count == 1 && merged is null) return (JsonObject)rest[0];
        return new JsonObject
        {
            [ContainerKeyword.Keyword] = Container.Any.ToJson(),
            [AnyOfKeyword.Instance.Name] = new JsonArray([.. merged is null ? rest : rest.Append(merged)]),
        };
    }

    /// <summary>What a schema takes, or null.</summary>
    public static JsonObject OrNull(JsonObject schema) =>
        AsContainer(schema) is { } container
            ? Of(container with { Kinds = container.Kinds | JsonKinds.Null })
            : AnyOf([schema, Of(Container.Null)]);

    /// <summary>The kinds that a schema asks for, if it asks for nothing else.</summary>
    public static Container? AsContainer(JsonObject schema) =>
        schema.Count == 1 && schema[ContainerKeyword.Keyword] is { } value
            ? Container.Read(JsonSerializer.SerializeToElement(value))
            : null;

    private static JsonObject Of(Container container) => new() { [ContainerKeyword.Keyword] = container.ToJson() };
}
