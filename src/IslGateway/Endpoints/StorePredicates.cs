using System.Runtime.InteropServices;
using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>What a <see cref="StoreTerm"/> asks of one value.</summary>
internal static class StorePredicates
{
    /// <summary>
    /// Whether there is anything in it. A number with a fraction is a measure, such as a standard error, and says nothing; a whole one may be
    /// a count or a code.
    /// </summary>
    public static bool HasContent(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => !element.ValueEquals(""),
        JsonValueKind.Array => element.GetArrayLength() > 0,
        JsonValueKind.Object => element.EnumerateObject().MoveNext(),
        JsonValueKind.True => true,
        JsonValueKind.Number => IsWholeAndNotZero(JsonMarshal.GetRawUtf8Value(element)),
        _ => false,
    };

    public static Func<JsonElement, bool> Equal(IReadOnlyList<JsonElement> scalars) =>
        element => scalars.Any(scalar => JsonElement.DeepEquals(element, scalar));

    public static Func<JsonElement, bool> Is(string[] texts) =>
        element => element.ValueKind == JsonValueKind.String && texts.Contains(element.GetString()!, StringComparer.OrdinalIgnoreCase);

    public static Func<JsonElement, bool> Contains(string[] parts) => element =>
        element.ValueKind == JsonValueKind.String && element.GetString()! is var text
        && parts.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static bool IsWholeAndNotZero(ReadOnlySpan<byte> number) =>
        number.IndexOfAny(".eE"u8) < 0 && !number.SequenceEqual("0"u8) && !number.SequenceEqual("-0"u8);
}
