using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IslGateway.Endpoints;

/// <summary>Parses a <see cref="StoreCondition"/>, which gives the grammar.</summary>
internal sealed partial class StoreConditionParser
{
    private const string Rule =
        "it must be POINTER exists, POINTER nonempty, POINTER == SCALAR, POINTER is \"text\" or POINTER contains \"text\" "
        + "(also SCALAR or SCALAR, \"text\" or \"text\"), with 'not' and 'request' before POINTER where meant, "
        + "and several such joined by 'and'";

    private const string AnyDepth = "/**";

    private readonly string[] _words;
    private int _at;
    private string? _error;

    private StoreConditionParser(string text) => _words = [.. Words().Matches(text).Select(match => match.Value)];

    public static bool TryParse(string text, out IReadOnlyList<StoreTerm> terms, [NotNullWhen(false)] out string? error)
    {
        var parser = new StoreConditionParser(text);
        var found = new List<StoreTerm>();
        do
        {
            if (parser.Term() is { } term) found.Add(term);
        }
        while (parser._error is null && parser.Take("and"));

        if (parser._error is null && parser._at < parser._words.Length) parser.Fail<object>("and");
        terms = found;
        error = parser._error;
        return error is null;
    }

    private StoreTerm? Term()
    {
        var isNegated = Take("not");
        var isOfRequest = Take("request");
        if (!isOfRequest) Take("answer");
        return Pointer(out var anyDepth) is { } pointer && Test() is { } test
            ? new StoreTerm(isOfRequest, isNegated, new JsonPlace(pointer, anyDepth), test)
            : null;
    }

    private JsonPointer? Pointer(out bool anyDepth)
    {
        anyDepth = false;
        if (Next() is not ['/', ..] text) return Fail<JsonPointer>("a JSON pointer");
        _at++;
        anyDepth = text.StartsWith(AnyDepth + "/", StringComparison.Ordinal);
        var rest = anyDepth ? text[AnyDepth.Length..] : text;
        if (rest.Split('/').Contains("**"))
        {
            _error = $"in {text}: '**' stands for any depth, so it comes first and a name follows it";
            return null;
        }

        if (!JsonPointer.TryParse(rest, out var pointer, out var fault)) _error = $"in {text}: {fault}";
        return pointer;
    }

    private JsonTest? Test()
    {
        switch (Next())
        {
            case "exists":
                _at++;
                return StorePredicates.Exists;
            case "nonempty":
                _at++;
                return StorePredicates.HasContent;
            case "==":
                return Operands("a JSON string, number, true, false or null", static _ => true) is { } scalars
                    ? StorePredicates.Equal(scalars)
                    : null;
            case "is":
                return Texts() is { } exact ? StorePredicates.Is(exact) : null;
            case "contains":
                return Texts() is { } parts ? StorePredicates.Contains(parts) : null;
            default:
                return Fail<JsonTest>("==, is, contains, exists or nonempty");
        }
    }

    private string[]? Texts() =>
        Operands("a text in double quotes", static operand => operand.ValueKind == JsonValueKind.String) is { } texts
            ? [.. texts.Select(text => text.GetString()!)]
            : null;

    private List<JsonElement>? Operands(string what, Func<JsonElement, bool> fits)
    {
        var found = new List<JsonElement>();
        do
        {
            _at++;
            if (Next() is not { } word || !TryScalar(word, out var scalar) || !fits(scalar)) return Fail<List<JsonElement>>(what);
            found.Add(scalar);
            _at++;
        }
        while (Next() == "or");

        return found;
    }

    private string? Next() => _at < _words.Length ? _words[_at] : null;

    private bool Take(string word)
    {
        var taken = Next() == word;
        if (taken) _at++;
        return taken;
    }

    private T? Fail<T>(string due)
        where T : class
    {
        _error ??= $"{(Next() is { } word ? $"{word} stands" : "it ends")} where {due} is due; {Rule}";
        return null;
    }

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

    // A text in double quotes is one word; so is "==", with or without a blank after it.
    [GeneratedRegex("""==|"(?:[^"\\]|\\.)*"|\S+""")]
    private static partial Regex Words();
}
