namespace IslGateway.Operations.Api;

/// <summary>Whether a call that changes something is allowed, and if not, why.</summary>
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

    /// <summary>
    /// Its <c>Host</c> is not this machine's own name: a web page may use a name of its own that resolves to this machine.
    /// </summary>
    ForeignHost,

    /// <summary>A browser sends it for a page of another origin.</summary>
    ForeignOrigin,

    /// <summary>A proxy forwards it: even if the proxy is on this machine, the caller may not be.</summary>
    Forwarded,
}
