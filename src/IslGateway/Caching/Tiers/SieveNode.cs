using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// One entry of the memory tier and its place in the queue. Only <see cref="Visited"/> may be used without the store's lock.
/// </summary>
internal sealed class SieveNode(Digest key, StoredAnswer answer, EndpointRow? row = null, long number = 0) : IAnswerKeeper
{
    private volatile bool _visited;

    public Digest Key { get; } = key;

    public StoredAnswer Answer { get; } = answer;

    /// <summary>The row whose purge removes it.</summary>
    public EndpointRow? Row { get; } = row;

    /// <summary>Entries are numbered in the order in which they were stored.</summary>
    public long Number { get; } = number;

    /// <summary>Bytes that it counts for; changed under the store's lock alone.</summary>
    public long Size { get; set; } = answer.Size;

    /// <summary>The store that it is in, which counts what the answer comes to hold.</summary>
    public MemoryStore? Store { get; init; }

    public bool Visited => _visited;

    public SieveNode? Newer { get; set; }

    public SieveNode? Older { get; set; }

    // The bit is written only if it is not set, so that a hot entry's cache line stays shared between the cores.
    public void Visit()
    {
        if (!_visited) _visited = true;
    }

    public void Grew(long bytes) => Store?.Grew(this, bytes);

    public void Forget() => _visited = false;
}
