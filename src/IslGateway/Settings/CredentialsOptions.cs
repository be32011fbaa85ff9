using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Credentials</c>: how a caller's right to a cached answer is proven.</summary>
internal sealed class CredentialsOptions
{
    /// <summary>Request headers that together are the credential; at least one, and none that is for one hop or frames the body.</summary>
    public string[] Headers { get; init; } = ["X-API-Key", "Authorization"];

    /// <summary>How long ISL's acceptance of a credential proves it.</summary>
    [DurationRange("10ms", "1d")]
    public TimeSpan Recheck { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How old a proof may be that still holds while ISL cannot tell.</summary>
    [DurationRange("10ms", "30d")]
    public TimeSpan StaleProof { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A cheap path of ISL that asks for authentication.</summary>
    public string ProbePath { get; init; } = "/cache/stats";

    /// <summary>How long a probe may take before ISL counts as unable to tell.</summary>
    [DurationRange("10ms", "1m")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Share of a credential's rate limit at ISL, 0 to 1, that is left to its callers: below it nothing is asked in the background for it.
    /// </summary>
    [NumberRange(0, 1)]
    public double MinHeadroom { get; init; } = 0.1;
}
