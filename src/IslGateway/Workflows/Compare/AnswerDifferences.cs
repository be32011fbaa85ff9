namespace IslGateway.Workflows.Compare;

/// <summary>All that distinguishes two answers to one question.</summary>
/// <param name="Found">The places; at most <see cref="DifferenceFinder.MaxListed"/>.</param>
/// <param name="More">How many places there are beside.</param>
/// <param name="LargestChange">The largest change of a number anywhere; null: none changed.</param>
/// <param name="OnlyNumbers">Whether numbers that can be measured are all that differs.</param>
/// <param name="Configuration">Places in the answers' own account of ISL's configuration, which count for nothing else.</param>
internal sealed record AnswerDifferences(
    IReadOnlyList<AnswerDifference> Found, long More, double? LargestChange, bool OnlyNumbers, IReadOnlyList<string> Configuration)
{
    /// <summary>Whether the answers are equal.</summary>
    public bool IsNone => Found.Count == 0;

    /// <summary>Whether they differ by more than numbers may.</summary>
    /// <param name="tolerance">The largest change of a number that is allowed.</param>
    public bool Exceed(double tolerance) => !IsNone && !(OnlyNumbers && LargestChange <= tolerance);
}
