using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.Monitoring;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Begins with the classes that take half a minute or more, so that the run does not end with one of them alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        nameof(PrometheusTests), nameof(RedisTroubleTests), nameof(SessionInterleavingTests), nameof(ShutdownTests),
        nameof(RedisAccessTests), nameof(SharedProofTests), nameof(StaleTests), nameof(LeaseTests), nameof(StrangerTests),
        nameof(RedisClusterTests), nameof(RolloverTests),
    ];

    private readonly DefaultTestCollectionOrderer _others = DefaultTestCollectionOrderer.Instance;

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. _others.OrderTestCollections(testCollections).OrderBy(PlaceOf)];

    /// <summary>A collection without a name of its own is called after its class.</summary>
    private static int PlaceOf<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(
            Longest, name => collection.TestCollectionDisplayName.Contains($".{name} ", StringComparison.Ordinal));
        return place < 0 ? Longest.Length : place;
    }
}
