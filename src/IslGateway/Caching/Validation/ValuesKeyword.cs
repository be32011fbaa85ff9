using System.Text.Json;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>In place of <c>enum</c> and <c>const</c>: the value could be taken for one of these scalars.</summary>
internal sealed class ValuesKeyword : IKeywordHandler
{
    public const string Keyword = "values";

    /// <summary>The most values that an error names.</summary>
    private const int MaxNamed = 20;

    public string Name => Keyword;

    public object ValidateKeywordValue(JsonElement value) => value.EnumerateArray().ToArray();

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
        // It has none.
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        var wanted = (JsonElement[])keyword.Value!;
        CheckBudget.Spend(context, wanted.Length / MaxNamed);
        return Array.Exists(wanted, value => LooseScalar.MayBe(context.Instance, value))
            ? new KeywordEvaluation { Keyword = Keyword, IsValid = true }
            : new KeywordEvaluation { Keyword = Keyword, IsValid = false, Error = Complaint(wanted) };
    }

    private static string Complaint(JsonElement[] wanted)
    {
        var named = wanted.Take(MaxNamed).Select(Written).ToList();
        if (wanted.Length > MaxNamed) return $"Input should be {string.Join(", ", named)} or one of {wanted.Length - MaxNamed} more";
        return "Input should be " + (named.Count == 1 ? named[0] : string.Join(", ", named[..^1]) + " or " + named[^1]);
    }

    private static string Written(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? $"'{value.GetString()}'" : value.GetRawText();
}
