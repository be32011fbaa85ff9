namespace IslGateway.Caching.Keys;

/// <summary>An open array or object.</summary>
internal struct CanonicalFrame
{
    /// <summary>Ignored places inside this container, and inside the member whose value comes next.</summary>
    public IgnoredNode? Ignored, IgnoredInMember;

    /// <summary>Offset behind the opening tag.</summary>
    public int Start;

    /// <summary>Index of the object's first member on the stack of members.</summary>
    public int FirstMember;

    public bool IsObject;

    /// <summary>Keys came in strictly rising order so far, so there is nothing to sort and no key came twice.</summary>
    public bool Rising;

    public bool HasIgnored;
}
