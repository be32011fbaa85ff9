namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Where a request that was begun may be waited for.</summary>
internal enum RequestPlace
{
    /// <summary>ISL has it.</summary>
    Isl,

    /// <summary>The gateway has it and holds it back.</summary>
    Gateway,
}
