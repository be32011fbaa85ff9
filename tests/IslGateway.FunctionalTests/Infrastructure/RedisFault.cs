namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What happens to a Redis that two gateways share. One is asking, the other updating.</summary>
public enum RedisFault
{
    None,
    CutOffAsking,
    CutOffUpdating,
    CutOffBoth,
    HeldAsking,
    HeldUpdating,
    HeldBoth,
    Frozen,
    RestartedEmpty,
    RestartedWithItsData,
    RestartedWithOlderData,

    /// <summary>Comes back empty to the asking gateway, while the updating one is cut off.</summary>
    RestartedEmptyWithoutUpdating,

    /// <summary>Out of memory: reads and prolongs, and writes nothing.</summary>
    RefusingWrites,
}
