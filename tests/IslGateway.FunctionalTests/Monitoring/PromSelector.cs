namespace IslGateway.FunctionalTests.Monitoring;

/// <param name="Name">The series' name.</param>
/// <param name="Matchers">What its labels must be.</param>
internal sealed record PromSelector(string Name, IReadOnlyList<(string Label, string Operator, string Value)> Matchers);
