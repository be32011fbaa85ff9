namespace IslGateway.Commands.Demo;

/// <summary>One request of the demo.</summary>
/// <param name="Name">The guide's name for it.</param>
/// <param name="Path">ISL's path.</param>
/// <param name="Body">The JSON that is sent.</param>
/// <param name="GuideMilliseconds">The guide's figure for it, before optimisation.</param>
/// <param name="WhyNotCached">Why its answer is never stored; null if it may be.</param>
internal sealed record DemoRequest(string Name, string Path, string Body, int GuideMilliseconds, string? WhyNotCached = null);
