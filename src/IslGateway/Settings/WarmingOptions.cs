using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Warming</c>: how the cache is filled before callers ask, and how much of ISL that may take.</summary>
internal sealed class WarmingOptions
{
    /// <summary>
    /// File of requests, one <c>{"path":…,"body":…}</c> a line, to warm the cache with once after each start; unset: none.
    /// </summary>
    [ReadAtStart]
    public string? File { get; init; }

    /// <summary>
    /// Credentials to warm for, each the value of <c>X-API-Key</c>, or <c>Header: value</c> with one of <c>Credentials:Headers</c>;
    /// normally PLoT's own, since entries are per credential. Empty: what is warmed serves callers without a credential only.
    /// </summary>
    [Secret]
    public string[] Credentials { get; init; } = [];

    /// <summary>Calls to ISL for warming under way at once.</summary>
    [NumberRange(1, 100)]
    public int Concurrency { get; init; } = 2;

    /// <summary>
    /// Calls to ISL for warming within any 60 s; to be less than ISL's own limit, which is 100 for each key, so that callers have the rest.
    /// </summary>
    [NumberRange(1, 1_000_000)]
    public int CallsPerMinute { get; init; } = 60;
}
