namespace IslGateway.Redis;

/// <summary>What stands in Redis where the lease of a key would.</summary>
internal enum LeaseStanding
{
    Nothing,

    /// <summary>A gateway is filling the key.</summary>
    Held,

    /// <summary>A gateway has filled the key and could not store the answer: waiting for it is in vain.</summary>
    NotStored,

    /// <summary>Something that is neither.</summary>
    Damaged,
}
