using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>validation/validate</c>: the quality of a model, in three parts.</summary>
internal static class AdvancedValidation
{
    private static readonly string[] Levels = ["excellent", "good", "acceptable", "poor"];

    public static Answer Build(AnswerContext context) => new JsonObject
    {
        ["overall_score"] = Math.Round(context.Dice.Between(40, 100), 1),
        ["quality_level"] = context.Dice.Pick(Levels),
        ["structural_validation"] = Part(context.Dice, "DAG structure"),
        ["statistical_validation"] = Part(context.Dice, "Distributions"),
        ["domain_validation"] = Part(context.Dice, "Units and ranges"),
        ["suggestions"] = new JsonArray(),
        ["best_practices"] = new JsonArray(new JsonObject
        {
            ["practice"] = "Name every assumption",
            ["status"] = context.Dice.Next() > 0.5 ? "followed" : "partial",
        }),
    };

    private static JsonObject Part(Dice dice, string check) => new()
    {
        ["score"] = Math.Round(dice.Between(40, 100), 1),
        ["checks"] = new JsonArray(new JsonObject { ["name"] = check, ["status"] = dice.Next() > 0.2 ? "pass" : "warning" }),
    };
}
