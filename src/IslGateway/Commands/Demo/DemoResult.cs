namespace IslGateway.Commands.Demo;

/// <summary>The outcome of one request of the demo.</summary>
/// <param name="Elapsed">From sending the request to the last byte of the answer.</param>
/// <param name="CacheStatus">The answer's <c>Cache-Status</c>; empty without an answer.</param>
/// <param name="IsSimulated">Whether the answer says that a simulator made it.</param>
/// <param name="Failure">Why it failed; null if it did not.</param>
internal sealed record DemoResult(TimeSpan Elapsed, string CacheStatus, bool IsSimulated, string? Failure)
{
    public bool IsHit => Has("hit");

    public bool IsBypass => Has("fwd=bypass");

    /// <summary>What the cache did, as one word.</summary>
    public string Word => IsHit ? "hit" : IsBypass ? "bypass" : Has("fwd=") ? "miss" : "-";

    private bool Has(string parameter) => CacheStatus.Contains("; " + parameter, StringComparison.Ordinal);
}
