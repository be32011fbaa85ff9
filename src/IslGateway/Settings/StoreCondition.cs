using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IslGateway.Settings;

/// <summary>
/// A condition on an answer under which it is not kept. It holds if it holds at any place that its pointer names.
/// <code>
/// condition = pointer " == " scalar        equal to a JSON string, number, true, false or null
///           / pointer " exists"            there, and not null (ISL writes absent fields as null)
///           / pointer " nonempty"          a string, array or object with something in it
///           / pointer " contains " string  a string with that text in it, in any case
/// </code>
/// The pointer holds no white space.
/// </summary>
internal sealed partial class StoreCondition
{
    private readonly Func<JsonElement, bool> _test;

    private StoreCondition(string text, JsonPointer pointer, Func<JsonElement, bool> test)
    {
        Text = text;
        Pointer = pointer;
        _test = test;
    }

    /// <summary>The condition as written.</summary>
    public string Text { get; }

    /// <summary>The places that it looks at.</summary>
    public JsonPointer Pointer { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out StoreCondition? condition, [NotNullWhen(false)] out string? error)
    {
        condition = null;
        var match = Grammar().Match(text);
        if (!match.Success)
        {
            error = "must be POINTER == SCALAR, POINTER exists, POINTER nonempty or POINTER contains \"text\"";
            return false;
        }

        if (!JsonPointer.TryParse(match.Groups["pointer"].Value, out var pointer, out error))
        {
            return false;
        }

        var test = Test(match.Groups["word"].Value, match.Groups["operand"].Value, out error);
        condition = test is null ? null : new StoreCondition(text, pointer, test);
        return condition is not null;
    }

    /// <exception cref="FormatException">The text is no condition.</exception>
    public static StoreCondition Parse(string text) =>
        TryParse(text, out var condition, out var error) ? condition : throw new FormatException(error);

    /// <summary>Whether the answer is one that must not be kept.</summary>
    public bool Matches(JsonElement root) => Pointer.Any(root, _test);

    public override string ToString() => Text;

    private static Func<JsonElement, bool>? Test(string word, string operand, out string? error)
    {
        error = null;
        switch (word)
        {
            case "exists":
                return element => element.ValueKind != JsonValueKind.Null;
            case "nonempty":
                return HasContent;
        }

        if (!TryScalar(operand, out var scalar))
        {
            error = $"{operand} is not a JSON string, number, true, false or null";
            return null;
        }

        if (word == "==")
        {
            return element => JsonElement.DeepEquals(element, scalar);
        }

        if (scalar.ValueKind != JsonValueKind.String)
        {
            error = "contains takes a text in double quotes";
            return null;
        }

        var part = scalar.GetString()!;
        return element => element.ValueKind == JsonValueKind.String
            && element.GetString()!.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    private static bool HasContent(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!.Length > 0,
        JsonValueKind.Array => element.GetArrayLength() > 0,
        JsonValueKind.Object => element.EnumerateObject().Any(),
        _ => false,
    };

    private static bool TryScalar(string text, out JsonElement scalar)
    {
        scalar = default;
        try
        {
            using var document = JsonDocument.Parse(text);
            scalar = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return false;
        }

        return scalar.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);
    }

    [GeneratedRegex("""^\s*(?<pointer>/\S*)\s+((?<word>exists|nonempty)|(?<word>==|contains)\s*(?<operand>\S.*?))\s*$""")]
    private static partial Regex Grammar();
}
