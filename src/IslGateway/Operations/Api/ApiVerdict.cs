namespace IslGateway.Operations.Api;

/// <summary>Whether a call that changes something is let in, and why not.</summary>
internal enum ApiVerdict
{
    /// <summary>It carries one of <c>Management:ApiKeys</c>.</summary>
    HasKey,

    /// <summary>There are no keys, and it comes from this machine.</summary>
    IsLocal,

    /// <summary>There are keys, and it carries none of them.</summary>
    LacksKey,

    /// <summary>It comes from another machine.</summary>
    FromElsewhere,

    /// <summary>Its <c>Host</c> is not this machine's own name: a page of a name that was made to point here.</summary>
    ForeignHost,

    /// <summary>A browser sends it for a page of another origin.</summary>
    ForeignOrigin,

    /// <summary>A proxy passes it on: that the proxy is on this machine says nothing of who asks.</summary>
    Forwarded,
}
