using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>preferences/*</c>: queries that follow from the context and the user's stored beliefs, and their update.</summary>
internal static class Preferences
{
    private static readonly string[] Values = ["revenue", "churn", "brand", "market_share"];

    public static Answer Elicit(AnswerContext context)
    {
        if (context.Text("user_id") is not { } user) return IslError.Validation("body.user_id: Input should be a valid string");
        var beliefs = context.Field("current_beliefs").ValueKind is JsonValueKind.Object
            ? "given"
            : string.Join(',', context.State.Beliefs.Read(user));
        var dice = Dice.From($"{context.Dice.Hex(16)}|{beliefs}");
        var queries = new JsonArray();
        for (var i = Math.Clamp(context.Number("num_queries", 3), 1, 10); i > 0; i--) queries.Add(Query(dice));
        var body = new JsonObject
        {
            ["user_id"] = user,
            ["queries"] = queries,
            ["expected_information_gain"] = dice.Between(0, 1),
            ["estimated_queries_remaining"] = (int)dice.Between(1, 8),
            ["explanation"] = new JsonObject { ["summary"] = "Queries chosen to learn most about the user's values" },
        };
        return body;
    }

    public static Answer Update(AnswerContext context)
    {
        if (context.Text("user_id") is not { } user) return IslError.Validation("body.user_id: Input should be a valid string");
        var evidence = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(context.Body, sorted: true)))[..16];
        var responses = context.State.Beliefs.Add(user, evidence);
        var dice = Dice.From($"{user}|{string.Join(',', responses)}");
        var weights = new JsonObject();
        foreach (var value in Values) weights[value] = dice.Between(0, 1);
        var body = new JsonObject
        {
            ["user_id"] = user,
            ["query_id"] = context.Text("query_id"),
            ["updated_beliefs"] = new JsonObject
            {
                ["value_weights"] = weights,
                ["risk_tolerance"] = dice.Between(0, 1),
                ["uncertainty"] = Math.Round(1.0 / (1 + responses.Count), 4),
                ["update_count"] = responses.Count,
            },
            ["learning_summary"] = new JsonObject
            {
                ["ready_for_recommendations"] = responses.Count >= 3,
                ["confidence"] = Math.Round(1 - (1.0 / (1 + responses.Count)), 4),
            },
        };
        return body;
    }

    private static JsonObject Query(Dice dice) => new()
    {
        ["query_id"] = "query_" + dice.Hex(12),
        ["question"] = $"Which matters more to you: {dice.Pick(Values)} or {dice.Pick(Values)}?",
        ["scenario_a"] = Scenario(dice, "A"),
        ["scenario_b"] = Scenario(dice, "B"),
        ["information_gain"] = dice.Between(0, 1),
    };

    private static JsonObject Scenario(Dice dice, string name) => new()
    {
        ["description"] = $"Scenario {name}",
        ["outcomes"] = new JsonObject { ["revenue"] = dice.Between(10_000, 90_000), ["churn"] = dice.Between(0.01, 0.2) },
    };
}
