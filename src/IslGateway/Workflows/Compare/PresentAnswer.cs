namespace IslGateway.Workflows.Compare;

/// <summary>What callers have now for a question.</summary>
/// <param name="Body">The body, valid until this is disposed; where it echoes a request id there may be none.</param>
/// <param name="Took">How long ISL took for it.</param>
/// <param name="Held">What is to be disposed with it.</param>
internal sealed record PresentAnswer(ReadOnlyMemory<byte> Body, TimeSpan Took, IDisposable? Held) : IDisposable
{
    public void Dispose() => Held?.Dispose();
}
