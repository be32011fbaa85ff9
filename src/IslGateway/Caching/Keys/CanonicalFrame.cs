namespace IslGateway.Caching.Keys;

/// <summary>An open array or object.</summary>
internal struct CanonicalFrame
{
    /// <summary>The ignored places inside this container, and inside the member whose value comes next.</summary>
    public IgnoredNode? Ignored, IgnoredInMember;

    /// <summary>Offset after the opening tag.</summary>
    public int Start;

    /// <summary>Index of the object's first member on the stack of members.</summary>
    public int FirstMember;

    public bool IsObject;

    /// <summary>Whether keys came in strictly rising order so far, so that nothing needs sorting and no key is repeated.</summary>
    public bool Rising;

    public bool HasIgnored;
}
