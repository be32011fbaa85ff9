using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Pointer;
using Json.Schema.Keywords;

namespace IslGateway.Caching.Validation;

/// <summary>
/// Makes of a schema in ISL's OpenAPI document one in <see cref="LaxDialect"/> that refuses only what ISL's validator, pydantic in its lax
/// mode, is certain to refuse: a missing field, a wrong container, a value outside of an enumeration.
/// <code>
///   type                       the containers; all scalars count as one kind, since pydantic converts between them
///   enum, const                the scalars, compared loosely
///   required                   less what has a default or is read-only; a field may be there under a second name
///   properties, items          as they are; additionalProperties only of objects without declared members
///   anyOf, oneOf               one of them: with oneOf pydantic does not mind that two fit
///   allOf, $ref                as they are; of a $ref nothing beside it counts
///   null                       wherever it is named or the default, for all scalars, for fields that may be absent and have no default
///                              that is told, and everywhere in OpenAPI 3.0, which is pydantic 1's
///   everything else            dropped: formats, patterns, limits, conditions, discriminators, prefixItems, not …
/// </code>
/// Dropping a keyword only makes a schema laxer, since none that stays negates another.
/// </summary>
internal sealed class SchemaRelaxer
{
    /// <summary>How deep schemas, made ones too, may be nested.</summary>
    public const int MaxDepth = 256;

    /// <summary>The most schemas that are read for one body; what lies beyond is not looked at, and so takes everything.</summary>
    private const int MaxSchemas = 50_000;

    private static readonly string[] Alternatives = [AnyOfKeyword.Instance.Name, OneOfKeyword.Instance.Name];

    private readonly JsonElement _document;
    private readonly bool _isOld;
    private readonly RelaxedDefinitions _definitions = new();
    private int _left = MaxSchemas;

    private SchemaRelaxer(JsonElement document)
    {
        _document = document;
        _isOld = document.TryGetProperty("openapi", out var version) && version.ValueKind == JsonValueKind.String
            && version.GetString()!.StartsWith("3.0", StringComparison.Ordinal);
    }

    /// <summary>The relaxed schema, with all that it refers to.</summary>
    /// <param name="document">The OpenAPI document.</param>
    /// <param name="schema">A schema within it.</param>
    public static JsonNode Relax(JsonElement document, JsonElement schema)
    {
        var relaxer = new SchemaRelaxer(document);
        var root = relaxer.Relaxed(schema, RelaxedDefinitions.Root);
        while (relaxer._definitions.TryNext(out var name, out var target))
            relaxer._definitions.Define(name, relaxer.Relaxed(target, name));
        return relaxer._definitions.AddTo(root);
    }

    /// <param name="schema">The schema.</param>
    /// <param name="owner">
    /// The definition that is evaluated at the same place of the body; null: none, since the place is one of another's members.
    /// </param>
    private JsonNode Relaxed(JsonElement schema, string? owner)
    {
        if (schema.ValueKind != JsonValueKind.Object || --_left < 0) return true;
        var relaxed = schema.TryGetProperty(RefKeyword.Instance.Name, out var reference) ? Referred(reference, owner) : Own(schema, owner);
        return TakesNull(schema) && relaxed is JsonObject keywords ? RelaxedSchemas.OrNull(keywords) : relaxed;
    }

    private JsonNode Referred(JsonElement reference, string? owner)
    {
        if (reference.ValueKind != JsonValueKind.String || reference.GetString() is not ['#', .. var fragment]) return true;
        if (!JsonPointer.TryParse(Uri.UnescapeDataString(fragment), out var pointer) || pointer.Evaluate(_document) is not { } target)
            return true;
        return RelaxedSchemas.Reference(_definitions.NameOf(pointer.ToString(), target, owner));
    }

    private JsonNode Own(JsonElement schema, string? owner)
    {
        var container = Types.Of(schema, _isOld);
        var relaxed = new JsonObject { [ContainerKeyword.Keyword] = container.ToJson() };
        AddValues(schema, relaxed);
        AddMembers(schema, relaxed);
        AddElements(schema, relaxed);
        var conjoined = Each(schema, AllOfKeyword.Instance.Name, owner).Where(static part => part is JsonObject).ToList();
        foreach (var keyword in Alternatives)
        {
            var either = Each(schema, keyword, owner).ToList();
            if (either.Count > 0 && either.TrueForAll(static part => part is JsonObject)) conjoined.Add(RelaxedSchemas.AnyOf(either));
        }

        if (conjoined.Count == 0 && relaxed.Count == 1 && container.Kinds == JsonKinds.All) return true;
        if (conjoined.Count == 1 && relaxed.Count == 1 && container.Kinds == JsonKinds.All) return conjoined[0];
        if (conjoined.Count > 0) relaxed[AllOfKeyword.Instance.Name] = new JsonArray([.. conjoined]);
        return relaxed;
    }

    private void AddValues(JsonElement schema, JsonObject relaxed)
    {
        var values = schema.TryGetProperty(ConstKeyword.Instance.Name, out var only) ? [only]
            : schema.TryGetProperty(EnumKeyword.Instance.Name, out var all) && all.ValueKind == JsonValueKind.Array
                ? all.EnumerateArray().ToArray()
            : [];
        if (values.Length == 0 || Array.Exists(values, static value => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
            return;
        var named = new JsonArray([.. values.Select(static value => JsonSerializer.SerializeToNode(value))]);
        if (_isOld) named.Add(null);
        relaxed[ValuesKeyword.Keyword] = named;
    }

    private void AddMembers(JsonElement schema, JsonObject relaxed)
    {
        var declared = schema.TryGetProperty(PropertiesKeyword.Instance.Name, out var properties)
            && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().ToArray()
            : [];
        var required = Names(schema, RequiredKeyword.Instance.Name)
            .Where(name => !Array.Exists(declared, property => property.NameEquals(name) && MayBeAbsent(property.Value))).ToHashSet();
        var members = new JsonObject();
        foreach (var property in declared)
        {
            if (Relaxed(property.Value, owner: null) is not JsonObject member) continue;
            members[property.Name] = required.Contains(property.Name) || HasDefault(property.Value)
                ? member
                : RelaxedSchemas.OrNull(member);
        }

        if (members.Count > 0) relaxed[PropertiesKeyword.Instance.Name] = members;
        if (required.Count > 0)
            relaxed[MembersKeyword.Keyword] = MembersKeyword.Write(required, declared.Select(static property => property.Name));

        // Beside declared members or patterns it holds for some members only, and which these are is not for certain.
        if (declared.Length == 0 && !schema.TryGetProperty(PatternPropertiesKeyword.Instance.Name, out _)
            && schema.TryGetProperty(AdditionalPropertiesKeyword.Instance.Name, out var others)
            && Relaxed(others, owner: null) is JsonObject other)
            relaxed[AdditionalPropertiesKeyword.Instance.Name] = other;
    }

    private void AddElements(JsonElement schema, JsonObject relaxed)
    {
        if (schema.TryGetProperty(PrefixItemsKeyword.Instance.Name, out _)
            || !schema.TryGetProperty(ItemsKeyword.Instance.Name, out var items)
            || Relaxed(items, owner: null) is not JsonObject element)
            return;
        if (RelaxedSchemas.AsContainer(element) is { } container) relaxed[ElementsKeyword.Keyword] = container.ToJson();
        else relaxed[ItemsKeyword.Instance.Name] = element;
    }

    private IEnumerable<JsonNode> Each(JsonElement schema, string keyword, string? owner) =>
        schema.TryGetProperty(keyword, out var parts) && parts.ValueKind == JsonValueKind.Array
            ? parts.EnumerateArray().Select(part => Relaxed(part, owner))
            : [];

    /// <summary>Whether null is taken whatever else the schema says.</summary>
    private bool TakesNull(JsonElement schema) =>
        _isOld || IsTrue(schema, "nullable")
        || (schema.TryGetProperty(DefaultKeyword.Instance.Name, out var value) && value.ValueKind == JsonValueKind.Null);

    private static bool MayBeAbsent(JsonElement property) =>
        HasDefault(property) || (property.ValueKind == JsonValueKind.Object && IsTrue(property, ReadOnlyKeyword.Instance.Name));

    private static bool HasDefault(JsonElement property) =>
        property.ValueKind == JsonValueKind.Object && property.TryGetProperty(DefaultKeyword.Instance.Name, out _);

    private static bool IsTrue(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var value) && value.ValueKind == JsonValueKind.True;

    private static IEnumerable<string> Names(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(static name => name.ValueKind == JsonValueKind.String).Select(static name => name.GetString()!)
                .Distinct()
            : [];
}
