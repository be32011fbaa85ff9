using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IslGateway.Caching.Validation;

/// <summary>
/// Whether ISL's validator could take one scalar for another: it reads numbers and truth values from text, and the other way round, and an
/// enumeration may have its own way to find a member. In doubt it could.
/// </summary>
internal static class LooseScalar
{
    // The words that pydantic takes for truth values.
    private static readonly string[] TrueWords = ["1", "on", "t", "true", "y", "yes"];
    private static readonly string[] FalseWords = ["0", "off", "f", "false", "n", "no"];

    /// <summary>Whether <paramref name="given"/> could be taken for <paramref name="wanted"/>.</summary>
    public static bool MayBe(JsonElement given, JsonElement wanted)
    {
        if (given.ValueKind == JsonValueKind.Null || wanted.ValueKind == JsonValueKind.Null) return given.ValueKind == wanted.ValueKind;
        if (!IsScalar(given) || !IsScalar(wanted)) return false;
        var (left, right) = (TextOf(given), TextOf(wanted));
        if (Plain(left).Equals(Plain(right), StringComparison.OrdinalIgnoreCase)) return true;
        if (TruthOf(left) is { } truth && TruthOf(right) == truth) return true;
        if (NumberOf(left) is { } number) return NumberOf(right) == number;

        // Digits of other scripts are digits to Python.
        return !Ascii.IsValid(left) && NumberOf(right) is not null;
    }

    private static bool IsScalar(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Plain(string text) => text.Trim();

    private static bool? TruthOf(string text)
    {
        var word = Plain(text);
        return TrueWords.Contains(word, StringComparer.OrdinalIgnoreCase) || NumberOf(word) == 1 ? true
            : FalseWords.Contains(word, StringComparer.OrdinalIgnoreCase) || NumberOf(word) == 0 ? false
            : null;
    }

    private static double? NumberOf(string text) => double.TryParse(
        Plain(text).Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : null;
}
