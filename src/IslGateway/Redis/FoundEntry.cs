namespace IslGateway.Redis;

/// <summary>An entry that is there.</summary>
/// <param name="Number">The number of its name in the query.</param>
/// <param name="Value">What it says.</param>
/// <param name="Left">How much of its life was left, by Redis's clock alone.</param>
/// <param name="AskedAt">At this moment at the latest; a timestamp of the time provider.</param>
internal readonly record struct FoundEntry<T>(int Number, T Value, TimeSpan Left, long AskedAt);
