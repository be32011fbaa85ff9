namespace IslGateway.Workflows.Warming;

/// <summary>What can become of a line.</summary>
internal enum WarmingKind
{
    /// <summary>ISL was asked, and its answer is stored.</summary>
    Warmed,

    /// <summary>A fresh answer was stored already; ISL was not asked.</summary>
    Known,

    /// <summary>There is no answer that could be stored, or the path is none whose answers are.</summary>
    Failed,

    /// <summary>The line is no request.</summary>
    Malformed,
}
