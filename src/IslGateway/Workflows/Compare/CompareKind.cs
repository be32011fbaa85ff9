namespace IslGateway.Workflows.Compare;

/// <summary>What can become of one question.</summary>
internal enum CompareKind
{
    /// <summary>Both answers say the same.</summary>
    Equal,

    /// <summary>They do not, be it by less than is tolerated.</summary>
    Different,

    /// <summary>The candidate gave no answer that could be compared.</summary>
    Failed,

    /// <summary>There was nothing to compare with, so the candidate was not asked.</summary>
    NotCompared,
}
