namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>The rungs of the ladder that <see cref="RedisFixture"/> climbs down, best first.</summary>
public enum RedisKind
{
    /// <summary>The server that ISLGATEWAY_TEST_REDIS names.</summary>
    Configured,

    /// <summary>A container started by Testcontainers.</summary>
    Container,

    /// <summary>A redis-server found on PATH.</summary>
    Process,

    /// <summary>Microsoft.Garnet inside the test process.</summary>
    Garnet,
}
