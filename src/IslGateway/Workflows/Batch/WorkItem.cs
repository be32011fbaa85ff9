using IslGateway.Content;
using IslGateway.Outcomes;

namespace IslGateway.Workflows.Batch;

/// <summary>What an item sends; disposing it gives back what was made for it.</summary>
/// <param name="made">The bytes that its body lies in, if they were made for it alone.</param>
internal sealed class WorkItem(PooledBuffer? made = null) : IDisposable
{
    /// <summary>Why it cannot be sent; null: it can.</summary>
    public Problem? Problem { get; init; }

    /// <summary>Its body; null: it has none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    public void Dispose() => made?.Dispose();
}
