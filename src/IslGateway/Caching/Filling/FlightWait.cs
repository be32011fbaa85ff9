using IslGateway.Caching.Answers;

namespace IslGateway.Caching.Filling;

/// <summary>What came of waiting for a fill.</summary>
/// <param name="Result">How the fill ended; null: it has not, and the caller has left it.</param>
/// <param name="IsOver">Whether the caller has its answer, or its error.</param>
internal readonly record struct FlightWait(FillResult? Result, bool IsOver)
{
    /// <summary>The caller has what stood in, or waited until its deadline.</summary>
    public static FlightWait Over => new(null, IsOver: true);

    /// <summary>It was a refresh in the background, which took too long: the caller needs a call of its own.</summary>
    public static FlightWait GivenUp => new(null, IsOver: false);
}
