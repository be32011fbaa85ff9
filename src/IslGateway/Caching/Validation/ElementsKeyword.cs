using System.Text.Json;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>
/// In place of <c>items</c> where only the kind of the elements counts: a list of ten thousand numbers is one step and not ten thousand.
/// The error is the indexes of the elements that are wrong, and what is expected.
/// </summary>
internal sealed class ElementsKeyword : IKeywordHandler
{
    public const string Keyword = "elements";

    /// <summary>Between the indexes and what is expected.</summary>
    public const char Separator = ':';

    /// <summary>Elements that take as long as one step of the library's.</summary>
    private const int ElementsPerStep = 64;

    /// <summary>The most elements of one list that an error tells of.</summary>
    private const int MaxFailures = 1_000;

    public string Name => Keyword;

    public object ValidateKeywordValue(JsonElement value) => Container.Read(value);

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
        // It has none.
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        if (context.Instance.ValueKind != JsonValueKind.Array) return KeywordEvaluation.Ignore;
        CheckBudget.Spend(context, context.Instance.GetArrayLength() / ElementsPerStep);
        var (container, index) = ((Container)keyword.Value!, 0);
        List<int>? wrong = null;
        foreach (var element in context.Instance.EnumerateArray())
        {
            if (!container.Takes(element) && (wrong ??= []).Count < MaxFailures) wrong.Add(index);
            index++;
        }

        return wrong is null
            ? new KeywordEvaluation { Keyword = Keyword, IsValid = true }
            : new KeywordEvaluation
            {
                Keyword = Keyword,
                IsValid = false,
                Error = string.Join(' ', wrong) + Separator + container.Complaint,
            };
    }
}
