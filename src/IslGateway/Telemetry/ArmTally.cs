namespace IslGateway.Telemetry;

/// <summary>The counts of one arm of an experiment, since the start.</summary>
/// <param name="Requests">Its requests.</param>
/// <param name="Errors">Those that ended with status 400 or above, or whose answer broke off.</param>
/// <param name="Hits">Those that were served from the cache.</param>
/// <param name="Latency">Their durations.</param>
/// <param name="Upstream">ISL's part, of those for which it was asked.</param>
/// <param name="Values">The numbers at the experiment's field, of the answers that ISL computed for it.</param>
internal sealed record ArmTally(
    long Requests, long Errors, long Hits, LatencySummary Latency, LatencySummary Upstream, SpreadSummary Values);
