namespace IslGateway.Workflows.Compare;

/// <summary>What is known of comparisons.</summary>
/// <param name="UnderWay">The one under way: what began, and how many of its questions are done; null: there is none.</param>
/// <param name="Reports">The last report of each kind since the gateway started, the newest first.</param>
internal sealed record CompareStatus((CompareReport Begun, int Done)? UnderWay, IReadOnlyList<CompareReport> Reports);
