namespace IslGateway.Telemetry;

/// <summary>What is known of numbers that came one by one.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean; null without any, or where they are too large for it.</param>
/// <param name="Variance">Their variance, by n - 1; null below two, or where they are too large for it.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
internal sealed record SpreadSummary(long Count, double? Mean, double? Variance, double? Min, double? Max);
