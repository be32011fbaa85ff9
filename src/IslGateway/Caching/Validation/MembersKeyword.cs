using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>
/// In place of <c>required</c>: the members that an object must have, by the name in the schema or by another that ISL may know them by
/// (<see cref="OtherNames"/>). The error is the missing names as a JSON array.
/// </summary>
internal sealed class MembersKeyword : IKeywordHandler
{
    public const string Keyword = "members";

    private const string RequiredName = "required";
    private const string DeclaredName = "declared";

    public string Name => Keyword;

    /// <summary>The keyword's value.</summary>
    public static JsonObject Write(IEnumerable<string> required, IEnumerable<string> declared) => new()
    {
        [RequiredName] = new JsonArray([.. required.Select(static name => (JsonNode)name)]),
        [DeclaredName] = new JsonArray([.. declared.Select(static name => (JsonNode)name)]),
    };

    public object ValidateKeywordValue(JsonElement value) =>
        (Required: Names(value.GetProperty(RequiredName)), Declared: Names(value.GetProperty(DeclaredName)).ToHashSet());

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
        // It has none.
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        if (context.Instance.ValueKind != JsonValueKind.Object) return KeywordEvaluation.Ignore;
        var (required, declared) = ((string[] Required, HashSet<string> Declared))keyword.Value!;
        CheckBudget.Spend(context, required.Length / 16);
        List<string>? missing = null;
        OtherNames? others = null;
        foreach (var name in required)
        {
            if (context.Instance.TryGetProperty(name, out _)) continue;
            others ??= OtherNames.In(context.Instance, declared);
            if (!others.MayHold(name)) (missing ??= []).Add(name);
        }

        return missing is null
            ? new KeywordEvaluation { Keyword = Keyword, IsValid = true }
            : new KeywordEvaluation { Keyword = Keyword, IsValid = false, Error = JsonSerializer.Serialize(missing) };
    }

    private static string[] Names(JsonElement names) => [.. names.EnumerateArray().Select(static name => name.GetString()!)];
}
