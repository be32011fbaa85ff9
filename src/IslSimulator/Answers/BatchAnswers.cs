using System.Text.Json;
using System.Text.Json.Nodes;
using IslSimulator.Catalogue;

namespace IslSimulator.Answers;

/// <summary>
/// <c>batch/*</c>: each item is answered as by its own endpoint, without metadata; failed items are listed among the results.
/// </summary>
internal static class BatchAnswers
{
    public static Answer Validate(AnswerContext context) => Run(context, "validate", CausalValidation.Build, sorted: true);

    public static Answer Counterfactual(AnswerContext context) =>
        Run(context, "counterfactual", Answers.Counterfactual.Build, sorted: false);

    private static Answer Run(AnswerContext context, string kind, Func<AnswerContext, Answer> build, bool sorted)
    {
        var requests = context.Field("requests");
        if (requests.ValueKind != JsonValueKind.Array) return IslError.Validation("body.requests: Input should be a valid list");
        var spec = new EndpointSpec(kind, 0, MetadataKind.Null);
        var results = new JsonArray();
        var failed = 0;
        foreach (var request in requests.EnumerateArray())
        {
            var answer = build(Item(context, spec, request, sorted));
            if (answer.Error is not null) failed++;
            if (answer.Body is { } item) Metadata.Add(item, context: Item(context, spec, request, sorted));
            results.Add(new JsonObject
            {
                ["index"] = results.Count,
                ["success"] = answer.Error is null,
                ["result"] = answer.Body,
                ["error"] = answer.Error?.Message,
            });
        }

        var body = new JsonObject
        {
            ["results"] = results,
            ["summary"] = new JsonObject
            {
                ["total"] = results.Count,
                ["successful"] = results.Count - failed,
                ["failed"] = failed,
                ["duration_ms"] = context.ElapsedMs,
                ["avg_duration_ms"] = Math.Round(context.ElapsedMs / Math.Max(1, results.Count), 3),
            },
        };
        return body;
    }

    private static AnswerContext Item(AnswerContext whole, EndpointSpec spec, JsonElement request, bool sorted) => new()
    {
        Spec = spec,
        Body = request,
        Dice = Dice.From(CanonicalJson.Write(request, sorted)),
        Knobs = whole.Knobs,
        State = whole.State,
        Request = whole.Request,
        RequestId = whole.RequestId,
        ElapsedMs = whole.ElapsedMs,
    };
}
