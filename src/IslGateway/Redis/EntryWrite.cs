namespace IslGateway.Redis;

/// <summary>What became of an entry that was to be written.</summary>
internal enum EntryWrite
{
    /// <summary>It is not there, or nobody knows.</summary>
    None,

    /// <summary>It is there.</summary>
    Written,

    /// <summary>The lease was lost meanwhile, and the entry of another is there.</summary>
    Superseded,
}
