namespace IslGateway.Content;

/// <summary>Bytes taken from a budget, given back once by disposing this.</summary>
internal sealed class BufferHold(BufferBudget budget, long bytes) : IDisposable
{
    private BufferBudget? _budget = budget;

    public void Dispose() => Interlocked.Exchange(ref _budget, null)?.Release(bytes);
}
