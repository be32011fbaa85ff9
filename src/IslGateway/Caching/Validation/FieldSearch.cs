using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Validation;

/// <summary>
/// Looks whether a schema of an OpenAPI document declares a field: under its own <c>properties</c> or those that it refers to.
/// </summary>
internal sealed class FieldSearch
{
    /// <summary>The most schemas that are read; what lies beyond declares nothing.</summary>
    private const int MaxSchemas = 10_000;

    private static readonly string[] Parts = ["allOf", "anyOf", "oneOf"];

    private readonly JsonElement _document;
    private readonly JsonPointer _field;
    private int _left = MaxSchemas;

    private FieldSearch(JsonElement document, JsonPointer field) => (_document, _field) = (document, field);

    /// <summary>Whether it does.</summary>
    /// <param name="document">The document.</param>
    /// <param name="schema">A schema within it.</param>
    /// <param name="field">Names alone.</param>
    public static bool Declares(JsonElement document, JsonElement schema, JsonPointer field) =>
        new FieldSearch(document, field).Has(schema, 0, 0);

    private bool Has(JsonElement schema, int step, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > SchemaRelaxer.MaxDepth || --_left < 0) return false;
        if (schema.TryGetProperty("$ref", out _))
            return OperationReader.Resolve(_document, schema) is var target && Has(target, step, depth + 1);
        if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(_field.Segments[step], out var member)
            && (step + 1 == _field.Segments.Count || Has(member, step + 1, depth + 1)))
            return true;
        foreach (var keyword in Parts)
        {
            if (!schema.TryGetProperty(keyword, out var parts) || parts.ValueKind != JsonValueKind.Array) continue;
            foreach (var part in parts.EnumerateArray())
            {
                if (Has(part, step, depth + 1)) return true;
            }
        }

        return false;
    }
}
