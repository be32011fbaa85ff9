using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary>
/// <c>causal/counterfactual</c>: a small Monte Carlo over the leaves of the model. The seed comes from sorted keys, the
/// draws go through the model in its own key order: permuted maps give other numbers, as in ISL.
/// </summary>
internal static class Counterfactual
{
    public const int DefaultSamples = 1000;

    /// <summary>The guide's field, which ISL may lack.</summary>
    public const string SamplesField = "num_samples";

    private const int MaxSamples = 10_000;
    private const int MaxVariables = 50;

    public static Answer Build(AnswerContext context)
    {
        var model = context.Field("model");
        if (model.ValueKind != JsonValueKind.Object) return IslError.Validation("body.model: Input should be a valid dictionary");
        if (context.Field("intervention").ValueKind != JsonValueKind.Object)
            return IslError.Validation("body.intervention: Input should be a valid dictionary");

        var wanted = context.Knobs.DeclareSamples ? context.Number(SamplesField, DefaultSamples) : DefaultSamples;
        var samples = Sample(context, model, Math.Clamp(wanted, 100, MaxSamples));
        var mean = samples.Average();
        var (lower, upper) = (At(samples, 0.025), At(samples, 0.975));
        var spread = (upper - lower) / Math.Max(1, Math.Abs(mean));
        var body = new JsonObject
        {
            ["scenario"] = new JsonObject
            {
                ["intervention"] = Copy(context.Field("intervention")),
                ["outcome"] = Copy(context.Field("outcome")),
                ["context"] = Copy(context.Field("context")),
            },
            ["prediction"] = new JsonObject
            {
                ["point_estimate"] = Round(mean),
                ["confidence_interval"] = new JsonObject
                {
                    ["lower"] = Round(lower),
                    ["upper"] = Round(upper),
                    ["confidence_level"] = 0.95,
                },
                ["sensitivity_range"] = new JsonObject
                {
                    ["optimistic"] = Round(At(samples, 0.9)),
                    ["pessimistic"] = Round(At(samples, 0.1)),
                    ["explanation"] = "Range of outcomes under the uncertainty of the model",
                },
            },
            ["uncertainty"] = new JsonObject
            {
                ["overall"] = spread > 0.5 ? "high" : spread > 0.2 ? "medium" : "low",
                ["sources"] = new JsonArray(),
            },
            ["robustness"] = new JsonObject
            {
                ["score"] = spread > 0.5 ? "fragile" : "moderate",
                ["critical_assumptions"] = new JsonArray(),
            },
            ["explanation"] = new JsonObject
            {
                ["summary"] = $"The outcome is expected near {Round(mean).ToString(CultureInfo.InvariantCulture)}",
                ["technical_basis"] = "Monte Carlo over the structural model (simulated)",
            },
        };
        return body;
    }

    private static double[] Sample(AnswerContext context, JsonElement model, int count)
    {
        var variables = new List<(double Weight, double Mean)>();
        Collect(model, "model", variables);
        Collect(context.Field("intervention"), "intervention", variables);
        if (variables.Count == 0) variables.Add((1, context.Dice.Between(1, 1000)));
        var samples = new double[count];
        for (var i = 0; i < count; i++)
        {
            foreach (var (weight, mean) in variables) samples[i] += weight * context.Dice.Normal(mean, 1 + (Math.Abs(mean) / 10));
        }

        Array.Sort(samples);
        return samples;
    }

    private static void Collect(JsonElement value, string path, List<(double Weight, double Mean)> variables)
    {
        if (variables.Count >= MaxVariables) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var (name, member) in CanonicalJson.Members(value, sorted: false)) Collect(member, $"{path}/{name}", variables);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Collect(item, path, variables);
                break;
            case JsonValueKind.Undefined:
                break;
            default:
                var raw = value.GetRawText();
                var own = Dice.From($"{path}={raw}");
                var mean = value.ValueKind == JsonValueKind.Number && Math.Abs(value.GetDouble()) < 1e12
                    ? value.GetDouble()
                    : own.Between(0, 100);
                variables.Add((own.Between(0.5, 2), mean));
                break;
        }
    }

    private static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    private static double Round(double value) => Math.Round(value, 4);

    private static JsonNode? Copy(JsonElement value) =>
        value.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(CanonicalJson.Write(value, sorted: false));
}
