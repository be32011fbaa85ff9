namespace IslGateway.Workflows.Compare;

/// <summary>What is known of comparisons.</summary>
/// <param name="UnderWay">The one under way: what began, and how many of its questions are done; null: there is none.</param>
/// <param name="Last">The last one that ended; null: there was none since the gateway started.</param>
internal sealed record CompareStatus((CompareReport Begun, int Done)? UnderWay, CompareReport? Last);
