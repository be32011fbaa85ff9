using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>What a comparison found of one endpoint.</summary>
/// <param name="Row">The endpoint.</param>
internal sealed record EndpointReport(EndpointRow Row)
{
    /// <summary>Questions whose two answers are equal.</summary>
    public long Equal { get; init; }

    /// <summary>Questions whose two answers differ.</summary>
    public long Different { get; init; }

    /// <summary>Of those that differ, the ones that do by more than is tolerated.</summary>
    public long BeyondTolerance { get; init; }

    /// <summary>Questions to which the candidate gave no answer that could be compared, by cause.</summary>
    public required IReadOnlyDictionary<string, long> Failed { get; init; }

    /// <summary>Questions that were not asked, by cause.</summary>
    public required IReadOnlyDictionary<string, long> NotCompared { get; init; }

    /// <summary>The largest change of a number; null: none changed.</summary>
    public double? LargestChange { get; init; }

    /// <summary>Where answers differ: what no tolerance allows first, then the largest changes.</summary>
    public required IReadOnlyList<EndpointDifference> Differences { get; init; }

    /// <summary>How many places differ beside those, over all answers.</summary>
    public long More { get; init; }

    /// <summary>How long ISL took for the compared answers of then; null: there are none.</summary>
    public LatencyDigest? Then { get; init; }

    /// <summary>How long those of now took.</summary>
    public LatencyDigest? Now { get; init; }
}
