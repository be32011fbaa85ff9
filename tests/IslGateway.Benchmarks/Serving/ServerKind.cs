namespace IslGateway.Benchmarks.Serving;

/// <summary>The servers that this program can be, each in a process of its own.</summary>
internal enum ServerKind
{
    /// <summary>Stands in for ISL.</summary>
    Upstream,

    /// <summary>Kestrel that reads the body, hashes it and writes a constant answer.</summary>
    Bare,

    /// <summary>The same, with the JSON parsed and its keys sorted before it is hashed.</summary>
    Canonicaliser,

    /// <summary>YARP that forwards everything.</summary>
    Yarp,

    /// <summary>YARP behind ASP.NET's output cache, keyed by the body.</summary>
    OutputCache,
}
