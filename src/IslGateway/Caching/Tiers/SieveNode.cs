using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// One entry of the memory tier and its place in the queue. Only <see cref="Visited"/> may be used without the store's lock.
/// </summary>
internal sealed class SieveNode(Digest key, StoredAnswer answer, EndpointRow? row = null, long number = 0)
{
    private volatile bool _visited;

    public Digest Key { get; } = key;

    public StoredAnswer Answer { get; } = answer;

    /// <summary>The row whose purge removes it.</summary>
    public EndpointRow? Row { get; } = row;

    /// <summary>Entries are numbered in the order in which they were stored.</summary>
    public long Number { get; } = number;

    /// <summary>The bytes that it counts for, computed once.</summary>
    public long Size { get; } = answer.Size;

    public bool Visited => _visited;

    public SieveNode? Newer { get; set; }

    public SieveNode? Older { get; set; }

    // The bit is written only if it is not set, so that a hot entry's cache line stays shared between the cores.
    public void Visit()
    {
        if (!_visited) _visited = true;
    }

    public void Forget() => _visited = false;
}
