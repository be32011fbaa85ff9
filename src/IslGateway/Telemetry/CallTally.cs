namespace IslGateway.Telemetry;

/// <summary>The calls to ISL that were made for one purpose.</summary>
/// <param name="Purpose">The purpose, as its label says it.</param>
/// <param name="Calls">How many.</param>
/// <param name="Seconds">The time that they took together.</param>
internal sealed record CallTally(string Purpose, long Calls, double Seconds);
