namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What a cache may store and serve, to whom, and for how long. As data: see the README beside.</summary>
public sealed class CacheConformanceTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Rows => ConformanceRows.In("Cache");

    [Theory]
    [MemberData(nameof(Rows))]
    public Task Row_Played_IsAsItSays(string topic, string name) => ConformanceRows.PlayAsync(topic, name);
}
