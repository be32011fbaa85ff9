using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>analysis/sensitivity</c>: how much the conclusion depends on each assumption.</summary>
internal static class Sensitivity
{
    public static Answer Build(AnswerContext context)
    {
        var baseline = context.Field("baseline_result") is { ValueKind: JsonValueKind.Number } number
            ? number.GetDouble()
            : context.Dice.Between(100, 1000);
        var assumptions = new JsonArray();
        if (context.Field("assumptions") is { ValueKind: JsonValueKind.Array } given)
        {
            foreach (var assumption in given.EnumerateArray())
            {
                assumptions.Add(new JsonObject
                {
                    ["assumption"] = JsonNode.Parse(CanonicalJson.Write(assumption, sorted: false)),
                    ["impact"] = new JsonObject
                    {
                        ["low"] = Math.Round(baseline * context.Dice.Between(0.6, 1), 2),
                        ["high"] = Math.Round(baseline * context.Dice.Between(1, 1.4), 2),
                    },
                    ["elasticity"] = context.Dice.Between(0, 2),
                });
            }
        }

        return new JsonObject
        {
            ["conclusion"] = new JsonObject { ["base_case"] = baseline, ["statement"] = "The conclusion holds within the range given" },
            ["assumptions"] = assumptions,
            ["robustness"] = new JsonObject
            {
                ["score"] = context.Dice.Between(0, 1),
                ["overall"] = context.Dice.Next() > 0.5 ? "robust" : "moderate",
            },
        };
    }
}
