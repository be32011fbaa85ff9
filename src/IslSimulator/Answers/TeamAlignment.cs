using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>team/align</c>: what the perspectives share, and how each option satisfies them.</summary>
internal static class TeamAlignment
{
    public static Answer Build(AnswerContext context)
    {
        var options = Names(context.Field("options"), "name", "id");
        if (options.Length == 0) options = ["Option A", "Option B"];
        var aligned = new JsonArray();
        foreach (var option in options)
        {
            aligned.Add(new JsonObject
            {
                ["option"] = option,
                ["satisfies_roles"] = Roles(context),
                ["satisfaction_score"] = Math.Round(context.Dice.Between(20, 100), 1),
            });
        }

        return new JsonObject
        {
            ["common_ground"] = new JsonObject
            {
                ["shared_goals"] = new JsonArray("Sustainable growth"),
                ["agreement_level"] = Math.Round(context.Dice.Between(0, 100), 1),
            },
            ["aligned_options"] = aligned,
            ["conflicts"] = new JsonArray(),
            ["recommendation"] = new JsonObject
            {
                ["top_option"] = context.Dice.Pick(options),
                ["rationale"] = "It satisfies most of the stated priorities",
                ["confidence"] = context.Dice.Next() > 0.5 ? "high" : "medium",
            },
        };
    }

    private static JsonArray Roles(AnswerContext context) =>
        new([.. Names(context.Field("perspectives"), "role").Select(static role => (JsonNode)role)]);

    private static string[] Names(JsonElement items, params string[] members)
    {
        if (items.ValueKind != JsonValueKind.Array) return [];
        return [.. items.EnumerateArray().Select(item => Name(item, members)).OfType<string>()];
    }

    private static string? Name(JsonElement item, string[] members)
    {
        if (item.ValueKind == JsonValueKind.String) return item.GetString();
        if (item.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in members)
        {
            if (item.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        }

        return null;
    }
}
