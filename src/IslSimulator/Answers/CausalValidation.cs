using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>causal/validate</c>: whether the effect can be identified, by adjusting for the treatment's parents.</summary>
internal static class CausalValidation
{
    public static Answer Build(AnswerContext context)
    {
        if (CausalGraph.Read(context.Field("dag")) is not { } graph)
            return IslError.Validation("body.dag: nodes must be strings and edges pairs of nodes");
        if (context.Text("treatment") is not { } treatment) return IslError.Validation("body.treatment: Input should be a valid string");
        if (context.Text("outcome") is not { } outcome) return IslError.Validation("body.outcome: Input should be a valid string");
        if ((graph.UnknownNode() ?? (graph.Has(treatment) ? null : treatment) ?? (graph.Has(outcome) ? null : outcome)) is { } unknown)
            return IslError.Input($"Node '{unknown}' is not in the graph", "node_not_found");
        if (graph.HasCycle()) return IslError.Input("The graph contains a cycle", "cycle_detected");

        var confounders = graph.Parents(treatment).Where(parent => graph.Reaches(parent, outcome, avoiding: treatment)).ToArray();
        var affects = graph.Reaches(treatment, outcome);
        var body = new JsonObject
        {
            ["status"] = context.Knobs.Degraded ? "degraded" : affects ? "identifiable" : "cannot_identify",
            ["method"] = affects ? "backdoor" : null,
            ["adjustment_sets"] = affects ? new JsonArray(Names(confounders)) : [],
            ["minimal_set"] = affects ? Names(confounders) : null,
            ["backdoor_paths"] = Names([.. confounders.Select(node => $"{treatment} <- {node} -> {outcome}")]),
            ["confidence"] = context.Knobs.Degraded ? "low" : "high",
            ["explanation"] = new JsonObject
            {
                ["summary"] = affects
                    ? $"The effect of {treatment} on {outcome} is identifiable"
                    : $"{treatment} does not affect {outcome}",
                ["reasoning"] = confounders.Length == 0
                    ? "No backdoor path is open"
                    : $"Controlling for {string.Join(", ", confounders)} blocks every backdoor path",
                ["technical_basis"] = "Backdoor criterion",
                ["assumptions"] = Names(["No unmeasured confounding", "Correct causal structure"]),
            },
        };
        if (context.Knobs.Degraded) body["fallback_reason"] = "y0 failed: simple identification was used";
        return body;
    }

    private static JsonArray Names(string[] names) => new([.. names.Select(static name => (JsonNode)name)]);
}
