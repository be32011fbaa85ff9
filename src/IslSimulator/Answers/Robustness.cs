using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>robustness/analyze/*</c>: the answer's shape is chosen by header, then by query.</summary>
internal static class Robustness
{
    private const string VersionHeader = "X-ISL-Response-Version";
    private const int MaxSamples = 10_000;

    public static Answer BuildUnified(AnswerContext context) =>
        context.Field("graph").ValueKind == JsonValueKind.Undefined
            ? GenericAnswer.Build(context)
            : IslError.Input("Schema version 2 is not supported here", "unsupported_schema");

    public static Answer BuildV2(AnswerContext context)
    {
        if (!TryReadVersion(context.Request, out var version, out var failure)) return IslError.Validation(failure);
        context.Request.HttpContext.Response.Headers["x-processing-time-ms"] = context.ElapsedMs.ToString(CultureInfo.InvariantCulture);
        return version == 1 ? Old(context) : New(context);
    }

    private static bool TryReadVersion(HttpRequest request, out int version, out string failure)
    {
        version = 1;
        failure = "";
        if (request.Headers.TryGetValue(VersionHeader, out var header))
        {
            if (!int.TryParse(header.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out version))
            {
                failure = "header.x-isl-response-version: Input should be a valid integer";
                return false;
            }

            if (version != 0) return true;
            version = 1;
        }

        if (!request.Query.TryGetValue("response_version", out var query)) return true;
        if (int.TryParse(query.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out version) && version is 1 or 2)
            return true;
        failure = "query.response_version: Input should be 1 or 2";
        return false;
    }

    /// <summary>An estimate that comes nearer to 50 the more samples (<c>n_samples</c>) it is the mean of.</summary>
    private static JsonObject Estimated(AnswerContext context)
    {
        var body = GenericAnswer.Compute(context);
        var (samples, sum) = (Math.Clamp(context.Number("n_samples", Counterfactual.DefaultSamples), 1, MaxSamples), 0.0);
        for (var i = 0; i < samples; i++) sum += context.Dice.Normal(50, 10);
        body["estimate"] = Math.Round(sum / samples, 6);
        return body;
    }

    private static JsonObject Old(AnswerContext context)
    {
        var body = Estimated(context);

        // ISL invents an id of its own here, whatever the header says.
        body["request_id"] = "robustness-" + Dice.Unseeded().Hex(12);
        var metadata = new JsonObject { ["isl_version"] = context.Knobs.Version, ["execution_time_ms"] = context.ElapsedMs };
        Metadata.AddFingerprint(metadata, context.Knobs);
        body["_metadata"] = metadata;
        return body;
    }

    private static JsonObject New(AnswerContext context) => new()
    {
        ["analysis_status"] = "computed",
        ["robustness_status"] = "computed",
        ["request_id"] = context.RequestId,
        ["timestamp"] = ServiceAnswers.Timestamp(context),
        ["processing_time_ms"] = context.ElapsedMs,
        ["results"] = Estimated(context),
        ["critiques"] = new JsonArray(new JsonObject { ["id"] = "crit_" + Dice.Unseeded().Hex(8), ["severity"] = "info" }),
        ["response_schema_version"] = "2.0",
    };
}
