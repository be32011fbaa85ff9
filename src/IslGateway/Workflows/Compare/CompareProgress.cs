namespace IslGateway.Workflows.Compare;

/// <summary>How far a comparison is.</summary>
/// <param name="Done">Questions of which it is known what became of them.</param>
/// <param name="Of">Questions that are to be compared.</param>
/// <param name="Result">The last one.</param>
/// <param name="IsBeyond">Whether its answers differ by more than is tolerated.</param>
internal sealed record CompareProgress(int Done, int Of, CompareResult Result, bool IsBeyond)
{
    /// <summary>What became of the question, as <c>isl_gateway_compared_total</c> counts it.</summary>
    public string Word => Result.Kind switch
    {
        CompareKind.Equal => "equal",
        CompareKind.Different => IsBeyond ? "different" : "tolerated",
        CompareKind.Failed => "failed",
        _ => "not_compared",
    };
}
