using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>The tests that a <see cref="StoreTerm"/> can make of one value.</summary>
internal static class StorePredicates
{
    /// <summary>Whether the value is not null: ISL writes absent fields as null.</summary>
    public static bool Exists(in Utf8JsonReader value) => value.TokenType != JsonTokenType.Null;

    /// <summary>
    /// Whether the value has content. A number with a fraction is a measure, such as a standard error, and does not count; a whole number
    /// may be a count or a code, and counts unless it is 0.
    /// </summary>
    public static bool HasContent(in Utf8JsonReader value)
    {
        switch (value.TokenType)
        {
            case JsonTokenType.String:
                return value.ValueSpan.Length > 0;
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                var ahead = value;
                return ahead.Read() && ahead.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject);
            case JsonTokenType.True:
                return true;
            default:
                return value.TokenType == JsonTokenType.Number && IsWholeAndNotZero(value.ValueSpan);
        }
    }

    public static JsonTest Equal(IReadOnlyList<JsonElement> scalars) => (in Utf8JsonReader value) =>
    {
        if (value.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) return false;
        if (value is { TokenType: JsonTokenType.String, ValueIsEscaped: false }) return IsAny(scalars, in value);
        var copy = value;
        var element = JsonElement.ParseValue(ref copy);
        return scalars.Any(scalar => JsonElement.DeepEquals(element, scalar));
    };

    public static JsonTest Is(string[] texts) => (in Utf8JsonReader value) =>
        value.TokenType == JsonTokenType.String && texts.Contains(value.GetString()!, StringComparer.OrdinalIgnoreCase);

    public static JsonTest Contains(string[] parts) => (in Utf8JsonReader value) =>
    {
        if (value.TokenType != JsonTokenType.String) return false;
        var text = value.GetString()!;
        return parts.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase));
    };

    private static bool IsAny(IReadOnlyList<JsonElement> scalars, in Utf8JsonReader text)
    {
        for (var i = 0; i < scalars.Count; i++)
        {
            if (scalars[i].ValueKind == JsonValueKind.String && scalars[i].ValueEquals(text.ValueSpan)) return true;
        }

        return false;
    }

    private static bool IsWholeAndNotZero(ReadOnlySpan<byte> number) =>
        number.IndexOfAny(".eE"u8) < 0 && !number.SequenceEqual("0"u8) && !number.SequenceEqual("-0"u8);
}
