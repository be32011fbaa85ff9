namespace IslGateway.Commands.Demo;

/// <summary>The workflow, played once.</summary>
/// <param name="Title">How it was played.</param>
/// <param name="Results">The outcome of each request, in the order of the workflow.</param>
/// <param name="Elapsed">From the first request to the last answer.</param>
internal sealed record DemoRound(string Title, IReadOnlyList<DemoResult> Results, TimeSpan Elapsed)
{
    public int Hits => Results.Count(result => result.IsHit);
}
