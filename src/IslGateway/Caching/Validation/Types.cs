using System.Text.Json;

namespace IslGateway.Caching.Validation;

/// <summary>What a schema's <c>type</c> means to pydantic's lax mode.</summary>
internal static class Types
{
    /// <summary>The kinds of values that the schema itself names; any, if it names none that is known.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="isOld">
    /// Whether the document is of pydantic 1, which does not say what may be null and makes an object of a list of pairs, too.
    /// </param>
    public static Container Of(JsonElement schema, bool isOld)
    {
        if (!schema.TryGetProperty("type", out var type)) return Container.Any;
        Container[] named = type.ValueKind switch
        {
            JsonValueKind.String => [Of(type.GetString()!, schema)],
            JsonValueKind.Array => [.. type.EnumerateArray()
                .Select(word => word.ValueKind == JsonValueKind.String ? Of(word.GetString()!, schema) : Container.Any)],
            _ => [],
        };
        if (named.Length == 0) return Container.Any;
        var all = named.Aggregate(static (one, other) => one.Or(other));
        if (!isOld) return all;
        var pairs = (all.Kinds & JsonKinds.Object) != 0 ? JsonKinds.Array : JsonKinds.None;
        return all with { Kinds = all.Kinds | JsonKinds.Null | pairs };
    }

    private static Container Of(string type, JsonElement schema) => type switch
    {
        "object" => new Container(JsonKinds.Object, "a valid dictionary"),

        // A named tuple is described as an array, and also made of an object.
        "array" when HasPlaces(schema) => new Container(JsonKinds.Array | JsonKinds.Object, "a valid list"),
        "array" => new Container(JsonKinds.Array, "a valid list"),
        "null" => Container.Null,

        // That null is no number is left to ISL.
        "string" or "integer" or "number" => new Container(JsonKinds.Scalar | JsonKinds.Null, "a valid " + type),
        "boolean" => new Container(JsonKinds.Scalar | JsonKinds.Null, "a valid boolean"),
        _ => Container.Any,
    };

    private static bool HasPlaces(JsonElement schema) =>
        schema.TryGetProperty("prefixItems", out _)
        || (schema.TryGetProperty("items", out var items) && items.ValueKind != JsonValueKind.Object);
}
