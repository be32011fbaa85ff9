namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>What a caller of <see cref="MixedLoad"/> asks for.</summary>
internal enum AskKind
{
    /// <summary>What a gateway that has no Redis has in memory, where one stands beside the other: what slows it is the machine.</summary>
    ControlHit,

    /// <summary>What nobody has asked that one before.</summary>
    ControlMiss,

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
