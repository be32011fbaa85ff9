using System.Text.Json.Nodes;
using IslSimulator.Catalogue;
using IslSimulator.Knobs;

namespace IslSimulator.Answers;

/// <summary>Adds the self-description of an answer, in the kind of its endpoint.</summary>
internal static class Metadata
{
    public static void Add(JsonObject body, AnswerContext context)
    {
        switch (context.Spec.Metadata)
        {
            case MetadataKind.Underscore:
                body["_metadata"] = Full(context);
                break;
            case MetadataKind.Plain:
                body["metadata"] = Full(context);
                break;
            case MetadataKind.Timing:
                body["metadata"] = Timing(context);
                break;
            case MetadataKind.UnderscoreTiming:
                body["_metadata"] = Timing(context);
                break;
            case MetadataKind.Null:
                body["_metadata"] = null;
                break;
            case MetadataKind.None:
                break;
            default:
                throw new InvalidOperationException($"Metadata kind {context.Spec.Metadata} has no writer.");
        }
    }

    public static void AddFingerprint(JsonObject metadata, SimulatorKnobs knobs)
    {
        if (!knobs.OmitFingerprintInBody) metadata["config_fingerprint"] = JsonNode.Parse(knobs.FingerprintJson);
    }

    private static JsonObject Full(AnswerContext context)
    {
        var metadata = new JsonObject { ["isl_version"] = context.Knobs.Version };
        AddFingerprint(metadata, context.Knobs);
        metadata["config_details"] = new JsonObject
        {
            ["monte_carlo_samples"] = 10000,
            ["confidence_level"] = 0.95,
            ["response_timeout"] = 30,
            ["redis_enabled"] = false,
            ["deterministic_mode"] = true,
        };
        metadata["request_id"] = context.RequestId;
        return metadata;
    }

    private static JsonObject Timing(AnswerContext context) => new()
    {
        ["request_id"] = context.RequestId,
        ["computation_time_ms"] = context.ElapsedMs,
        ["isl_version"] = "2.0",
        ["algorithm"] = context.Spec.Path[(context.Spec.Path.LastIndexOf('/') + 1)..],
        ["cache_hit"] = false,
    };
}
