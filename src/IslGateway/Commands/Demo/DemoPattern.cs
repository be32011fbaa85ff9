namespace IslGateway.Commands.Demo;

/// <summary>Many requests that the guide sends at once, and the guide's own figures for them.</summary>
/// <param name="Name">What they are.</param>
/// <param name="GuideBefore">The guide's figure for one after the other, in milliseconds.</param>
/// <param name="GuideAfter">Its figure for all at once.</param>
/// <param name="Requests">The requests.</param>
/// <param name="Sweep">The same as one sweep; null: they are sent side by side.</param>
internal sealed record DemoPattern(
    string Name, int GuideBefore, int GuideAfter, IReadOnlyList<DemoRequest> Requests, string? Sweep = null);
