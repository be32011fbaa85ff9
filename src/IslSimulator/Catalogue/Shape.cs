using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Catalogue;

/// <summary>
/// What ISL takes at a place of a body: it is both in the OpenAPI document and in ISL's own refusals, which cannot differ therefore. Of
/// scalars ISL converts one into another, and so takes any for any.
/// </summary>
internal sealed record Shape
{
    /// <summary>The JSON type; null: anything.</summary>
    public string? Type { get; private init; }

    /// <summary>The shape of a list's elements, or of a dictionary's values.</summary>
    public Shape? Of { get; private init; }

    /// <summary>The members of an object.</summary>
    public IReadOnlyList<(string Name, Shape Shape)> Members { get; private init; } = [];

    /// <summary>Those that must be there.</summary>
    public IReadOnlyList<string> Required { get; private init; } = [];

    /// <summary>The texts that are taken; none: any.</summary>
    public IReadOnlyList<string> Words { get; private init; } = [];

    /// <summary>The longest text, for the document alone; 0: of any length.</summary>
    public int MaxLength { get; private init; }

    /// <summary>Whether null is taken, too.</summary>
    public bool IsNullable { get; private init; }

    public static Shape Any { get; } = new();

    public static Shape Text { get; } = new() { Type = "string" };

    public static Shape Number { get; } = new() { Type = "number" };

    public static Shape Integer { get; } = new() { Type = "integer" };

    /// <summary>The same or null.</summary>
    public Shape OrNull => this with { IsNullable = true };

    public static Shape ShortText(int maxLength) => Text with { MaxLength = maxLength };

    public static Shape OneOf(params string[] words) => Text with { Words = words };

    public static Shape ListOf(Shape element) => new() { Type = "array", Of = element };

    /// <summary>An object of any members.</summary>
    public static Shape DictionaryOf(Shape value) => new() { Type = "object", Of = value };

    /// <summary>An object; members that it does not name are ignored, as everywhere in ISL.</summary>
    /// <param name="required">Names of the members that must be there.</param>
    /// <param name="members">All members.</param>
    public static Shape Object(IReadOnlyList<string> required, params (string Name, Shape Shape)[] members) =>
        new() { Type = "object", Required = required, Members = members };

    /// <summary>As FastAPI writes it.</summary>
    public JsonObject ToSchema()
    {
        var schema = new JsonObject();
        if (Type is not null) schema["type"] = Type;
        if (MaxLength > 0) schema["maxLength"] = MaxLength;
        if (Words.Count > 0) schema["enum"] = new JsonArray([.. Words.Select(static word => (JsonNode)word)]);
        if (Of is not null) schema[Type == "array" ? "items" : "additionalProperties"] = Of.ToSchema();
        if (Required.Count > 0) schema["required"] = new JsonArray([.. Required.Select(static name => (JsonNode)name)]);
        if (Members.Count > 0)
        {
            var members = Members.Select(static member => KeyValuePair.Create(member.Name, (JsonNode?)member.Shape.ToSchema()));
            schema["properties"] = new JsonObject(members);
        }

        return IsNullable ? new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) } : schema;
    }

    /// <summary>ISL's complaints about a value, none if it is taken.</summary>
    /// <param name="value">The value.</param>
    /// <param name="place">Its place: <c>body.dag.nodes</c>.</param>
    public IEnumerable<string> Check(JsonElement value, string place) => (Type, value.ValueKind) switch
    {
        (null, _) => [],
        (_, JsonValueKind.Null) when IsNullable => [],
        ("object", JsonValueKind.Object) => Members.Count > 0 ? CheckMembers(value, place) : CheckEach(value, place),
        ("object", _) => [$"{place}: Input should be a valid dictionary"],
        ("array", JsonValueKind.Array) => value.EnumerateArray().SelectMany((element, index) => Of!.Check(element, $"{place}.{index}")),
        ("array", _) => [$"{place}: Input should be a valid list"],
        (_, JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null) => [$"{place}: Input should be a valid {Type}"],
        _ when Words.Count > 0 && !(value.ValueKind == JsonValueKind.String && Words.Contains(value.GetString())) =>
            [$"{place}: Input should be {string.Join(", ", Words.SkipLast(1).Select(Quoted))} or {Quoted(Words[^1])}"],
        _ => [],
    };

    private IEnumerable<string> CheckMembers(JsonElement value, string place)
    {
        foreach (var (name, shape) in Members)
        {
            if (!value.TryGetProperty(name, out var member))
            {
                if (Required.Contains(name)) yield return $"{place}.{name}: Field required";
                continue;
            }

            foreach (var complaint in shape.Check(member, $"{place}.{name}")) yield return complaint;
        }
    }

    private IEnumerable<string> CheckEach(JsonElement value, string place) => Of is null
        ? []
        : value.EnumerateObject().SelectMany(member => Of.Check(member.Value, $"{place}.{member.Name}"));

    private static string Quoted(string word) => $"'{word}'";
}
