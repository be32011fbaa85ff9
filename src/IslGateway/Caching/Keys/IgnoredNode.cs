namespace IslGateway.Caching.Keys;

/// <summary>
/// What is ignored at and below one place of a body. Names and wildcards are merged at compile time, so each place has one node.
/// </summary>
internal sealed class IgnoredNode(bool isIgnored, (byte[] Name, IgnoredNode Node)[] named, IgnoredNode? other)
{
    /// <summary>Whether a member at this place is left out. Array elements never are.</summary>
    public bool IsIgnored => isIgnored;

    /// <summary>The node for array elements, and for members that no name matches.</summary>
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
