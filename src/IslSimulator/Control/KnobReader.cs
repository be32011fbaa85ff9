using System.Text.Json;
using IslSimulator.Knobs;

namespace IslSimulator.Control;

/// <summary>Turns the JSON of <c>POST /_sim</c> into knobs; refuses unknown members.</summary>
internal static class KnobReader
{
    private static readonly Dictionary<string, Func<SimulatorKnobs, JsonElement, SimulatorKnobs>> Readers = new(StringComparer.Ordinal)
    {
        ["fingerprint"] = static (knobs, value) => knobs with { FingerprintJson = value.GetRawText() },
        ["version"] = static (knobs, value) => knobs with { Version = Text(value) },
        ["build"] = static (knobs, value) => knobs with { Build = Text(value) },
        ["latency"] = static (knobs, value) => knobs with { Latency = InRange(value, 0, 100) },
        ["delay_ms"] = static (knobs, value) => knobs with { Delay = Milliseconds(value) },
        ["health_delay_ms"] = static (knobs, value) => knobs with { HealthDelay = Milliseconds(value) },
        ["error"] = static (knobs, value) => knobs with { Errors = List(value, Error) },
        ["hang"] = static (knobs, value) => knobs with { Hang = Hang(value) },
        ["drop"] = static (knobs, value) => knobs with { Drop = Drop(value) },
        ["degraded"] = static (knobs, value) => knobs with { Degraded = value.GetBoolean() },
        ["drifting"] = static (knobs, value) => knobs with { Drifting = List(value, Text) },
        ["scaled"] = static (knobs, value) => knobs with { Scaled = List(value, Scaled) },
        ["seed"] = static (knobs, value) => knobs with { Seed = IsNull(value) ? null : Text(value) },
        ["health_status"] = static (knobs, value) => value.ValueKind == JsonValueKind.Number
            ? knobs with { HealthCode = (int)InRange(value, 200, 599) }
            : knobs with { HealthStatus = Text(value) },
        ["omit_fingerprint_in_body"] = static (knobs, value) => knobs with { OmitFingerprintInBody = value.GetBoolean() },
        ["omit_build_header"] = static (knobs, value) => knobs with { OmitBuildHeader = value.GetBoolean() },
        ["body_padding"] = static (knobs, value) => knobs with { BodyPadding = (int)InRange(value, 0, 64 * 1024 * 1024) },
        ["response_headers"] = static (knobs, value) => knobs with
        {
            ResponseHeaders = IsNull(value)
                ? new Dictionary<string, string>()
                : value.EnumerateObject().ToDictionary(static header => header.Name, static header => Text(header.Value)),
        },
        ["raw_body"] = static (knobs, value) => knobs with { RawBodies = List(value, RawBody) },
        ["revoke_keys"] = static (knobs, value) => value.ValueKind == JsonValueKind.Array
            ? knobs with { RevokedKeys = List(value, Text) }
            : knobs with { RevokeAllKeys = value.GetBoolean(), RevokedKeys = [] },
        ["api_keys"] = static (knobs, value) => knobs with { ApiKeys = List(value, Text), RevokedKeys = [], RevokeAllKeys = false },
        ["rate_limit_per_minute"] = static (knobs, value) => knobs with { RateLimitPerMinute = (int)InRange(value, 0, int.MaxValue) },
        ["rate_limit_answers_429"] = static (knobs, value) => knobs with { RateLimitAnswers429 = value.GetBoolean() },
        ["reject_gzip"] = static (knobs, value) => knobs with { RejectGzip = value.GetBoolean() },
        ["one_at_a_time"] = static (knobs, value) => knobs with { OneAtATime = value.GetBoolean() },
        ["declare_samples"] = static (knobs, value) => knobs with { DeclareSamples = value.GetBoolean() },
    };

    /// <summary>Applies all members in one step, or none; then the error names the member at fault.</summary>
    public static bool TryApply(SimulatorState state, JsonElement json, out string error)
    {
        error = "";
        if (json.ValueKind != JsonValueKind.Object)
        {
            error = "A JSON object of knobs is expected";
            return false;
        }

        var changes = new List<Func<SimulatorKnobs, SimulatorKnobs>>();
        foreach (var member in json.EnumerateObject())
        {
            if (!Readers.TryGetValue(member.Name, out var reader))
            {
                error = $"Unknown knob '{member.Name}'; known: {string.Join(", ", Readers.Keys)}";
                return false;
            }

            try
            {
                var value = member.Value;
                reader(state.Knobs, value);
                changes.Add(knobs => reader(knobs, value));
            }
            catch (Exception exception) when (
                exception is InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
            {
                error = $"Knob '{member.Name}' cannot be {member.Value.GetRawText()}: {exception.Message}";
                return false;
            }
        }

        state.Update(knobs => changes.Aggregate(knobs, static (current, change) => change(current)));
        return true;
    }

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("A string is expected.");

    private static double InRange(JsonElement value, double low, double high) =>
        value.GetDouble() is var number && number >= low && number <= high
            ? number
            : throw new FormatException($"A number from {low} to {high} is expected.");

    private static TimeSpan Milliseconds(JsonElement value) => TimeSpan.FromMilliseconds(InRange(value, 0, 600_000));

    private static T[] List<T>(JsonElement value, Func<JsonElement, T> read) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => [],
        JsonValueKind.Array => [.. value.EnumerateArray().Select(read)],
        _ => [read(value)],
    };

    private static ErrorKnob Error(JsonElement value) => new(
        (int)InRange(value.GetProperty("status"), 400, 599),
        value.TryGetProperty("count", out var count) && !IsNull(count) ? count.GetInt32() : null,
        value.TryGetProperty("path", out var path) && !IsNull(path) ? Text(path) : null);

    private static HangKnob? Hang(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? new HangKnob(value.GetString())
        : !IsNull(value) && value.GetBoolean() ? new HangKnob(null) : null;

    private static CountDown? Drop(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? new CountDown(value.GetInt32())
        : !IsNull(value) && value.GetBoolean() ? new CountDown(null) : null;

    private static ScaledKnob Scaled(JsonElement value) => new(
        Text(value.GetProperty("path")),
        Text(value.GetProperty("field")),
        value.GetProperty("factor").GetDouble());

    private static RawBodyKnob RawBody(JsonElement value) => new(
        Text(value.GetProperty("path")),
        Text(value.GetProperty("body")),
        value.TryGetProperty("content_type", out var type) ? Text(type) : "application/json",
        value.TryGetProperty("status", out var status) ? (int)InRange(status, 200, 599) : 200);
}
