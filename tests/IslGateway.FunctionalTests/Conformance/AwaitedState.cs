namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What a row may wait for.</summary>
internal enum AwaitedState
{
    /// <summary>The gateway has heard from health what ISL now is.</summary>
    Epoch,

    /// <summary>A whole poll has begun and ended since.</summary>
    Poll,
}
