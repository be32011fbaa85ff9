using System.Runtime.CompilerServices;
using System.Text.Json;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>
/// In place of <c>type</c>: the kinds that a value may have. Every relaxed schema has this keyword, so each counts as a step here.
/// </summary>
internal sealed class ContainerKeyword : IKeywordHandler
{
    public const string Keyword = "container";

    public string Name => Keyword;

    public object ValidateKeywordValue(JsonElement value) => Container.Read(value);

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
        // It has none.
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        CheckBudget.Spend(context);
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var container = (Container)keyword.Value!;
        return container.Takes(context.Instance)
            ? new KeywordEvaluation { Keyword = Keyword, IsValid = true }
            : new KeywordEvaluation { Keyword = Keyword, IsValid = false, Error = container.Expected };
    }
}
