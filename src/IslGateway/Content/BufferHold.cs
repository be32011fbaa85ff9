namespace IslGateway.Content;

/// <summary>Bytes taken of a budget, given back by disposing this, once.</summary>
internal sealed class BufferHold(BufferBudget budget, long bytes) : IDisposable
{
    private BufferBudget? _budget = budget;

    public void Dispose() => Interlocked.Exchange(ref _budget, null)?.Release(bytes);
}
