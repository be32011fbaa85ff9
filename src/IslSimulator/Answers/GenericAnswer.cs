using System.Text.Json;
using System.Text.Json.Nodes;
using IslSimulator.Catalogue;

namespace IslSimulator.Answers;

/// <summary>Answers of endpoints whose content does not matter here: plausible numbers that follow from the body.</summary>
internal static class GenericAnswer
{
    public static Answer Build(AnswerContext context) => Compute(context);

    public static Answer Optimise(AnswerContext context)
    {
        var body = Compute(context);
        body["grid_metrics"] = new JsonObject { ["evaluated_points"] = 100, ["computation_time_ms"] = context.ElapsedMs };
        return body;
    }

    public static Answer TimedResult(AnswerContext context)
    {
        var result = Compute(context);
        result["elapsed_ms"] = context.ElapsedMs;
        result["skipped_analyses"] = new JsonArray([.. NotAskedFor(context).Select(part => (JsonNode)part)]);
        return new JsonObject { ["result"] = result };
    }

    /// <summary>ISL also lists as skipped what the body did not ask for.</summary>
    private static IEnumerable<string> NotAskedFor(AnswerContext context)
    {
        if (!Asks(context.Field("options"), "include_voi") || !HasAny(context.Field("parameter_uncertainties"))) yield return "voi";
        var goals = Member(context.Field("utility"), "additional_goals");
        if (!Asks(context.Field("options"), "include_pareto") || !HasAny(goals)) yield return "pareto";
    }

    private static bool Asks(JsonElement options, string name) => Member(options, name).ValueKind != JsonValueKind.False;

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static bool HasAny(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Any(),
        JsonValueKind.Array => element.GetArrayLength() > 0,
        _ => false,
    };

    public static Answer ConditionalRecommend(AnswerContext context)
    {
        var body = Compute(context);
        body["conditional_recommendations"] = new JsonArray(new JsonObject
        {
            ["condition_id"] = "cond_" + Dice.Unseeded().Hex(8),
            ["threshold"] = context.Dice.Between(0, 100),
            ["switch_probability"] = context.Dice.Between(0, 1),
        });
        return body;
    }

    public static JsonObject Compute(AnswerContext context)
    {
        var dice = context.Dice;
        var values = new JsonArray();
        for (var i = 0; i < 3; i++) values.Add(dice.Between(0, 100));
        var body = new JsonObject
        {
            ["analysis"] = context.Spec.Path[(context.Spec.Path.LastIndexOf('/') + 1)..],
            ["score"] = dice.Between(0, 1),
            ["confidence_interval"] = new JsonObject { ["lower"] = dice.Between(0, 40), ["upper"] = dice.Between(60, 100) },
            ["values"] = values,
            ["summary"] = "Simulated by IslSimulator from a digest of the request",
        };
        if (context.Spec.Varies == Variation.Chance) body["stability_score"] = dice.Between(0, 1);
        return body;
    }
}
