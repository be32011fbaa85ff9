namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>What a caller of <see cref="MixedLoad"/> asks for.</summary>
internal enum AskKind
{
    /// <summary>Hits and misses of a gateway that has no Redis, where one stands beside the other: what slows these is the machine.</summary>
    Control,

    /// <summary>What the gateway has in memory. Needs no Redis either.</summary>
    Memory,

    /// <summary>What only Redis has: another gateway has filled it a moment before.</summary>
    Redis,

    /// <summary>Session answers, stored ones where the gateway may give them.</summary>
    Session,

    /// <summary>What nobody has asked before.</summary>
    Miss,

    /// <summary>Changes of beliefs.</summary>
    Update,
}
