using IslSimulator.Answers;

namespace IslSimulator;

/// <summary>The state in which a simulated ISL starts. What can change while it runs is in <see cref="SimulatorState"/>.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Accepted values of <c>X-API-Key</c>. Empty (the default): every caller is let in.</summary>
    public string[] ApiKeys { get; set; } = [];

    /// <summary>The <c>config_fingerprint</c> of health and answers. Default: that of an ISL with default settings.</summary>
    public string ConfigFingerprint { get; set; } = "cb0a8a533671";

    /// <summary>The <c>version</c> of health and <c>isl_version</c> of answers. Default <c>1.0.0</c>.</summary>
    public string Version { get; set; } = "1.0.0";

    /// <summary>
    /// The <c>build</c> of health and of <c>x-olumi-service-build</c>. Starts with <c>sim-</c>, or is <c>unknown</c>. Default
    /// <c>sim-0001</c>.
    /// </summary>
    public string Build { get; set; } = "sim-0001";

    /// <summary>Factor on the guide's typical latency of each endpoint; 0 (tests) to 100. Default 1.0.</summary>
    public double Latency { get; set; } = 1.0;

    /// <summary>Calls per key in a sliding minute; 0 (the default) is no limit.</summary>
    public int RateLimitPerMinute { get; set; }

    /// <summary>
    /// What a caller over the limit gets: 429 with <c>Retry-After</c>, as ISL intends (true), or 500, as ISL really answers (false, the
    /// default).
    /// </summary>
    public bool RateLimitAnswers429 { get; set; }

    /// <summary>True (the default): a gzipped request body is refused with 400, as ISL does; false: it is unpacked.</summary>
    public bool RejectGzip { get; set; } = true;

    /// <summary>Beliefs shared with other instances, as ISL's replicas share them in Redis. Unset: the instance has its own.</summary>
    public BeliefStore? SharedBeliefs { get; set; }

    internal void Validate()
    {
        if (!(Latency is >= 0 and <= 100))
            throw new ArgumentException($"Latency is {Latency}; it must be from 0 to 100.");
        if (RateLimitPerMinute < 0)
            throw new ArgumentException($"RateLimitPerMinute is {RateLimitPerMinute}; it must be 0 (no limit) or more.");
    }
}
