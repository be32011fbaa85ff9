using System.Text.Json;

namespace IslSimulator.Knobs;

/// <summary>Everything about a running simulator that can be changed, as one immutable snapshot.</summary>
public sealed record SimulatorKnobs
{
    /// <summary>The health report's fingerprint as any JSON value, so that odd health bodies can be played.</summary>
    public string FingerprintJson { get; init; } = "null";

    public string Version { get; init; } = "1.0.0";

    /// <summary>Starts with <c>sim-</c>, or is ISL's <c>unknown</c>: invented numbers must not pass for a real build's.</summary>
    public string Build
    {
        get;
        init => field = value == "unknown" || value.StartsWith("sim-", StringComparison.Ordinal)
            ? value
            : throw new ArgumentException($"Build is '{value}'; a simulated build starts with 'sim-' or is 'unknown'.");
    } = "sim-0001";

    /// <summary>Factor on the typical latencies.</summary>
    public double Latency { get; init; } = 1.0;

    public TimeSpan Delay { get; init; }

    public TimeSpan HealthDelay { get; init; }

    public IReadOnlyList<ErrorKnob> Errors { get; init; } = [];

    public HangKnob? Hang { get; init; }

    public CountDown? Drop { get; init; }

    public bool Degraded { get; init; }

    /// <summary>Paths that give other numbers than before at the same fingerprint, version and build.</summary>
    public IReadOnlyList<string> Drifting { get; init; } = [];

    /// <summary>Numbers that differ by a factor from what the endpoint would say.</summary>
    public IReadOnlyList<ScaledKnob> Scaled { get; init; } = [];

    /// <summary>
    /// What numbers are drawn from in place of fingerprint, version and build: simulators with the same one answer alike, whatever they
    /// call themselves. Null: those three.
    /// </summary>
    public string? Seed { get; init; }

    /// <summary>Health's <c>status</c>.</summary>
    public string HealthStatus { get; init; } = "healthy";

    /// <summary>The HTTP status of health.</summary>
    public int HealthCode { get; init; } = 200;

    public bool OmitFingerprintInBody { get; init; }

    public bool OmitBuildHeader { get; init; }

    /// <summary>Bytes added to each JSON answer as a member <c>padding</c>.</summary>
    public int BodyPadding { get; init; }

    public IReadOnlyDictionary<string, string> ResponseHeaders { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<RawBodyKnob> RawBodies { get; init; } = [];

    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Keys that are refused although they are listed.</summary>
    public IReadOnlyList<string> RevokedKeys { get; init; } = [];

    /// <summary>Refuses every key, as after a rotation.</summary>
    public bool RevokeAllKeys { get; init; }

    public int RateLimitPerMinute { get; init; }

    public bool RateLimitAnswers429 { get; init; }

    public bool RejectGzip { get; init; } = true;

    /// <summary>Computes one request at a time, as an ISL process does.</summary>
    public bool OneAtATime { get; init; }

    /// <summary>Whether <c>/openapi.json</c> declares the guide's <c>num_samples</c>.</summary>
    public bool DeclareSamples { get; init; } = true;

    /// <summary>The fingerprint where it is a string, else null.</summary>
    public string? Fingerprint => FingerprintJson.StartsWith('"') ? JsonSerializer.Deserialize<string>(FingerprintJson) : null;

    internal bool NeedsKey => RevokeAllKeys || ApiKeys.Count > 0;

    internal static string Quote(string? value) => JsonSerializer.Serialize(value);

    internal bool Accepts(string key) => !RevokeAllKeys && ApiKeys.Contains(key) && !RevokedKeys.Contains(key);

    internal static SimulatorKnobs From(SimulatorOptions options) => new()
    {
        FingerprintJson = Quote(options.ConfigFingerprint),
        Version = options.Version,
        Build = options.Build,
        Latency = options.Latency,
        ApiKeys = [.. options.ApiKeys],
        RateLimitPerMinute = options.RateLimitPerMinute,
        RateLimitAnswers429 = options.RateLimitAnswers429,
        RejectGzip = options.RejectGzip,
    };
}
