using IslGateway.Caching.Answers;

namespace IslGateway.Caching.Filling;

/// <summary>The outcome of waiting for a fill.</summary>
/// <param name="Result">How the fill ended; null if the caller left it before that.</param>
/// <param name="IsOver">Whether the caller has its answer or its error.</param>
internal readonly record struct FlightWait(FillResult? Result, bool IsOver)
{
    /// <summary>The caller was served a stale answer, or its deadline passed.</summary>
    public static FlightWait Over => new(null, IsOver: true);

    /// <summary>It was a background refresh that took too long: the caller needs a call of its own.</summary>
    public static FlightWait GivenUp => new(null, IsOver: false);
}
