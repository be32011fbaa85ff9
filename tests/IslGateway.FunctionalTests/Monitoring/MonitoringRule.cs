namespace IslGateway.FunctionalTests.Monitoring;

/// <param name="Name">The alert, or the series that a rule records.</param>
/// <param name="IsAlert">Whether it is an alert.</param>
/// <param name="Expression">What it evaluates.</param>
/// <param name="Severity">Of an alert, its label.</param>
/// <param name="Annotations">Of an alert.</param>
internal sealed record MonitoringRule(
    string Name, bool IsAlert, PromQl Expression, string? Severity, IReadOnlyDictionary<string, string> Annotations);
