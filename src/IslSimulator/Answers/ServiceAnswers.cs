using System.Globalization;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary>What ISL says about itself.</summary>
internal static class ServiceAnswers
{
    public static Answer Health(AnswerContext context) => new JsonObject
    {
        ["status"] = context.Knobs.HealthStatus,
        ["version"] = context.Knobs.Version,
        ["build"] = context.Knobs.Build,
        ["build_full"] = null,
        ["timestamp"] = Timestamp(context),
        ["config_fingerprint"] = JsonNode.Parse(context.Knobs.FingerprintJson),
    };

    public static Answer CacheStats(AnswerContext context) => new JsonObject
    {
        ["caches"] = new JsonObject { ["hits"] = 0, ["misses"] = 0, ["size"] = 0 },
        ["timestamp"] = Timestamp(context),
    };

    public static Answer CircuitBreakers(AnswerContext context) => new JsonObject
    {
        ["circuit_breakers"] = new JsonObject(),
        ["timestamp"] = Timestamp(context),
    };

    public static string Timestamp(AnswerContext context) =>
        context.State.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
