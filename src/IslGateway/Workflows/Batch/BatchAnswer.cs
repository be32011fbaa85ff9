using IslGateway.Outcomes;

namespace IslGateway.Workflows.Batch;

/// <summary>The answer to one item; items that ask the very same may share it. It is released once by each that has it.</summary>
/// <param name="holders">How many have it.</param>
/// <param name="body">What its body lies in; null: in no buffer.</param>
internal sealed class BatchAnswer(int holders, IDisposable? body)
{
    private int _holders = holders;

    public required int Status { get; init; }

    public required string CacheStatus { get; init; }

    /// <summary>The <c>X-Isl-Samples</c> of an answer that names it.</summary>
    public int? Samples { get; init; }

    /// <summary>What the cache did.</summary>
    public required CacheOutcome Outcome { get; init; }

    /// <summary>The raw JSON of the body.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether another item that asks the same finds its answer stored.</summary>
    public bool IsStored => Outcome.IsHit
        || Outcome.Disposition is CacheDisposition.Stored or CacheDisposition.Refreshed
        || (Outcome.Disposition == CacheDisposition.Collapsed && Status == StatusCodes.Status200OK);

    /// <summary>Gives the body back, whoever else has it: nobody will write it.</summary>
    public void Drop() => body?.Dispose();

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) body?.Dispose();
    }
}
