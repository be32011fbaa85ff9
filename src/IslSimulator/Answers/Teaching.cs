using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>teaching/teach</c>: examples are drawn anew for each call, because ISL does not seed its generator.</summary>
internal static class Teaching
{
    private static readonly string[] Insights =
        ["A shared cause can look like an effect", "Adjusting for a collider opens a path", "An intervention cuts the arrows into a node"];

    public static Answer Build(AnswerContext context)
    {
        var concept = context.Text("target_concept") ?? "confounding";
        var examples = new JsonArray();
        for (var i = 0; i < 3; i++)
        {
            examples.Add(new JsonObject
            {
                ["scenario"] = $"A price of {context.Dice.Between(20, 90)} with a churn of {context.Dice.Between(0.01, 0.2)}",
                ["concept"] = concept,
                ["key_insight"] = context.Dice.Pick(Insights),
                ["practice_question"] = $"What happens to revenue at a price of {context.Dice.Between(20, 90)}?",
                ["expected_information_gain"] = context.Dice.Between(0, 1),
            });
        }

        return new JsonObject
        {
            ["user_id"] = context.Text("user_id"),
            ["examples"] = examples,
            ["explanation"] = new JsonObject { ["summary"] = $"Three examples of {concept}" },
            ["learning_objectives"] = new JsonArray($"Recognise {concept}"),
            ["expected_learning_time"] = 15,
        };
    }
}
