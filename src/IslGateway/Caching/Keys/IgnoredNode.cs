namespace IslGateway.Caching.Keys;

/// <summary>
/// What is ignored at and below one place of a body. Names and wildcards are merged when compiled, so one place has one node.
/// </summary>
internal sealed class IgnoredNode(bool isIgnored, (byte[] Name, IgnoredNode Node)[] named, IgnoredNode? other)
{
    /// <summary>A member at this place is left out. Says nothing to an array element: those always stay.</summary>
    public bool IsIgnored => isIgnored;

    /// <summary>For array elements, and for members that have no node by name.</summary>
    public IgnoredNode? Other => other;

    public IgnoredNode? Member(ReadOnlySpan<byte> name)
    {
        foreach (var (candidate, node) in named)
        {
            if (name.SequenceEqual(candidate))
                return node;
        }

        return other;
    }
}
