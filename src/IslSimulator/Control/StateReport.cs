using System.Text.Json.Nodes;

namespace IslSimulator.Control;

/// <summary>The body of <c>GET /_sim</c>.</summary>
internal static class StateReport
{
    public static JsonObject Write(SimulatorState state)
    {
        var knobs = state.Knobs;
        var calls = new JsonObject();
        foreach (var (path, count) in state.CallCounts.OrderBy(static pair => pair.Key, StringComparer.Ordinal)) calls[path] = count;
        calls["total"] = state.TotalCalls;
        return new JsonObject
        {
            ["fingerprint"] = JsonNode.Parse(knobs.FingerprintJson),
            ["version"] = knobs.Version,
            ["build"] = knobs.Build,
            ["latency"] = knobs.Latency,
            ["delay_ms"] = knobs.Delay.TotalMilliseconds,
            ["health_delay_ms"] = knobs.HealthDelay.TotalMilliseconds,
            ["health_status"] = knobs.HealthStatus,
            ["health_code"] = knobs.HealthCode,
            ["error"] = new JsonArray([.. knobs.Errors.Select(static error => (JsonNode)new JsonObject
            {
                ["status"] = error.Status, ["left"] = error.Left, ["path"] = error.Path,
            })]),
            ["hang"] = knobs.Hang is null ? false : knobs.Hang.Path is { } path2 ? path2 : true,
            ["drop"] = knobs.Drop is null ? false : knobs.Drop.Left is { } left ? left : true,
            ["degraded"] = knobs.Degraded,
            ["drifting"] = new JsonArray([.. knobs.Drifting.Select(static path => (JsonNode)path)]),
            ["scaled"] = new JsonArray([.. knobs.Scaled.Select(static scaled => (JsonNode)new JsonObject
            {
                ["path"] = scaled.Path, ["field"] = scaled.Field, ["factor"] = scaled.Factor,
            })]),
            ["seed"] = knobs.Seed,
            ["omit_fingerprint_in_body"] = knobs.OmitFingerprintInBody,
            ["omit_build_header"] = knobs.OmitBuildHeader,
            ["body_padding"] = knobs.BodyPadding,
            ["response_headers"] = new JsonObject(
                knobs.ResponseHeaders.Select(static header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value))),
            ["raw_body"] = new JsonArray([.. knobs.RawBodies.Select(static raw => (JsonNode)raw.Path)]),
            ["needs_key"] = knobs.NeedsKey,
            ["rate_limit_per_minute"] = knobs.RateLimitPerMinute,
            ["rate_limit_answers_429"] = knobs.RateLimitAnswers429,
            ["reject_gzip"] = knobs.RejectGzip,
            ["one_at_a_time"] = knobs.OneAtATime,
            ["declare_samples"] = knobs.DeclareSamples,
            ["calls"] = calls,
            ["health_calls"] = state.HealthCalls,
            ["concurrent"] = state.Log.UnderWay,
            ["concurrent_max"] = state.ConcurrentMax,
        };
    }

    public static JsonObject Calls(SimulatorState state, string? path) => new()
    {
        ["calls"] = new JsonArray([.. state.LastCalls(path).Select(static call => (JsonNode)new JsonObject
        {
            ["method"] = call.Method,
            ["target"] = call.Target,
            ["path"] = call.Path,
            ["headers"] = Headers(call.Headers),
            ["body_size"] = call.BodySize,
            ["body_sha256"] = call.BodySha256,
            ["body_text"] = call.BodyText,
        })]),
    };

    /// <summary>Name and value of each line; a name may be repeated.</summary>
    public static JsonArray Headers(IEnumerable<KeyValuePair<string, string>> headers) =>
        new([.. headers.Select(static header => (JsonNode)new JsonArray(header.Key, header.Value))]);
}
