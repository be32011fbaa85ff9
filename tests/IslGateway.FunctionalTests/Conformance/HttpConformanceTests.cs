namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What HTTP itself asks of a gateway: framing, headers, codings, paths. As data: see the README beside.</summary>
public sealed class HttpConformanceTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Rows => ConformanceRows.In("Http");

    [Theory]
    [MemberData(nameof(Rows))]
    public Task Row_Played_IsAsItSays(string topic, string name) => ConformanceRows.PlayAsync(topic, name);
}
