namespace IslGateway.Commands;

/// <summary>One request of the demo.</summary>
/// <param name="Name">What the guide calls it.</param>
/// <param name="Path">ISL's path.</param>
/// <param name="Body">The JSON that is sent.</param>
/// <param name="GuideMilliseconds">The guide's figure for it, before optimisation.</param>
/// <param name="WhyNotCached">Why its answer is never kept; null if it may be.</param>
internal sealed record DemoRequest(string Name, string Path, string Body, int GuideMilliseconds, string? WhyNotCached = null);
