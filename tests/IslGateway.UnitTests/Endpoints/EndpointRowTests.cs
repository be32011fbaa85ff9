using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Endpoints;

public sealed class EndpointRowTests
{
    [Fact]
    public void Compile_OnlyAPath_HasTheDefaults()
    {
        var row = Row(new EndpointOptions { Path = "/a" });

        Assert.Equal(("A", "/a", 3), (row.Name, row.Path, row.Index));
        Assert.Equal(["POST"], row.Methods);
        Assert.False(row.IsCacheable);
        Assert.False(row.Retry);
        TimeSpan[] times = [row.Lifetime.Ttl, row.Lifetime.StaleTtl, row.Timeout, row.UpstreamTimeout];
        Assert.Equal([3_600, 86_400, 60, 65], times.Select(time => time.TotalSeconds));
        Assert.Null(row.LatencyTarget);
        Assert.Equal((KeyOrder.Significant, BodyFingerprint.Required), (row.KeyOrder, row.BodyFingerprint));
        Assert.Equal(["/_metadata/config_fingerprint", "/metadata/config_fingerprint"], row.FingerprintAt.Select(at => at.Text));
        Assert.Equal(["/_metadata/request_id", "/metadata/request_id", "/request_id"], row.EchoedId.Select(at => at.Text));
        Assert.Equal(CredentialScope.Partitioned, row.CredentialScope);
        Assert.Empty(row.KeyHeaders);
        Assert.Equal(new CacheOptions().NeverStoreWhen, row.NeverStoreWhen.Select(condition => condition.Text));
    }

    [Fact]
    public void Compile_CacheDefaults_FillWhatTheRowLeavesOpen()
    {
        var cache = new CacheOptions
        {
            DefaultTtl = TimeSpan.FromMinutes(1),
            StaleTtl = TimeSpan.FromMinutes(2),
            CredentialScope = CredentialScope.Shared,
        };
        var open = EndpointRow.Compile("A", new EndpointOptions { Path = "/a" }, new RowDefaults(cache), 0);
        Assert.Equal(
            (cache.DefaultTtl, cache.StaleTtl, cache.CredentialScope), (open.Lifetime.Ttl, open.Lifetime.StaleTtl, open.CredentialScope));

        var options = new EndpointOptions { Path = "/a", Ttl = TimeSpan.FromSeconds(1), CredentialScope = CredentialScope.Partitioned };
        var own = EndpointRow.Compile("A", options, new RowDefaults(cache), 0);
        Assert.Equal((TimeSpan.FromSeconds(1), CredentialScope.Partitioned), (own.Lifetime.Ttl, own.CredentialScope));
    }

    [Fact]
    public void Compile_NeverStoreWhen_AddsTheRowsOwnToThoseOfEveryRow()
    {
        var cache = new CacheOptions { NeverStoreWhen = ["/a exists", "/b exists"] };
        var row = EndpointRow.Compile(
            "A", new EndpointOptions { Path = "/a", NeverStoreWhen = ["/c exists", "/a exists"] }, new RowDefaults(cache), 0);
        Assert.Equal(["/a exists", "/b exists", "/c exists"], row.NeverStoreWhen.Select(condition => condition.Text));
    }

    [Theory]
    [InlineData("Deterministic", "POST", "POST", true)]
    [InlineData("Deterministic", "POST", "QUERY", true)]
    [InlineData("Session", "POST", "QUERY", true)]
    [InlineData("None", "POST", "QUERY", false)]
    [InlineData("Deterministic", "GET", "QUERY", false)]
    [InlineData("Deterministic", "post", "POST", true)]
    [InlineData("Deterministic", "POST", "post", false)]
    [InlineData("Deterministic", "POST", "GET", false)]
    public void Accepts_Method_DependsOnMethodsAndPolicy(string policy, string configured, string asked, bool expected)
    {
        var row = Row(new EndpointOptions { Path = "/a", Cache = Enum.Parse<CachePolicy>(policy), Methods = [configured] });
        Assert.Equal(expected, row.Accepts(asked));
    }

    [Theory]
    [InlineData("Deterministic", null, true)]
    [InlineData("Session", null, true)]
    [InlineData("None", null, false)]
    [InlineData("None", true, true)]
    [InlineData("Deterministic", false, false)]
    public void Retry_NotSet_FollowsThePolicy(string policy, bool? configured, bool expected) =>
        Assert.Equal(expected, Row(new EndpointOptions { Path = "/a", Cache = Enum.Parse<CachePolicy>(policy), Retry = configured }).Retry);

    private static EndpointRow Row(EndpointOptions options) => EndpointRow.Compile("A", options, new RowDefaults(new CacheOptions()), 3);
}
