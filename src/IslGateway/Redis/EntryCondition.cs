namespace IslGateway.Redis;

/// <summary>When an entry may be written.</summary>
/// <param name="While">Only while this claim holds the lease of the entry's own name.</param>
/// <param name="OnlyAdds">Only where there is no entry, and nobody is filling it under a lease.</param>
internal readonly record struct EntryCondition(LeaseClaim? While = null, bool OnlyAdds = false);
