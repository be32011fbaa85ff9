namespace IslGateway.Benchmarks.Load;

/// <summary>What makes one request differ from the one before it, at the same length.</summary>
internal interface IRequestChange
{
    /// <param name="request">Head and body.</param>
    /// <param name="number">Counts the requests of all rounds.</param>
    void Apply(Span<byte> request, long number);
}
