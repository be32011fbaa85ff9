using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.UnitTests.Settings;

namespace IslGateway.UnitTests.Endpoints;

public sealed class EndpointTableTests
{
    private static readonly EndpointTable Table =
        EndpointTable.Compile(new SettingsLoader(Given.OverShipped(), isDevelopment: true, EndpointRules.Check).Load());

    [Theory]
    [InlineData("/health", "Health")]
    [InlineData("/api/v1/causal/validate", "CausalValidate")]
    [InlineData("/api/v1/causal/validate/strategies", "CausalValidateStrategies")]
    [InlineData("/api/v1/outcomes/log", "OutcomesLog")]
    [InlineData("/api/v1/outcomes/summary", "OutcomesSummary")]
    [InlineData("/api/v1/outcomes/5f2c", "OutcomesId")]
    [InlineData("/api/v1/outcomes/a%20b", "OutcomesId")]
    [InlineData("/api/v1/outcomes/{id}", "OutcomesId")]
    public void Match_PathOfARow_FindsIt(string path, string name) => Assert.Equal(name, Table.Match(path)?.Name);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("health")]
    [InlineData("/Health")]
    [InlineData("/health/")]
    [InlineData("/health?x=1")]
    [InlineData("/api/v1/CAUSAL/validate")]
    [InlineData("/api/v1/causal/validate/")]
    [InlineData("//api/v1/causal/validate")]
    [InlineData("/api/v1//causal/validate")]
    [InlineData("/api/v1/causal%2fvalidate")]
    [InlineData("/api/v1/causal%2Fvalidate")]
    [InlineData("/api/v1/%63ausal/validate")]
    [InlineData("/api/v1/causal/./validate")]
    [InlineData("/api/v1/x/../causal/validate")]
    [InlineData("http://isl/api/v1/causal/validate")]
    [InlineData("/api/v1/outcomes")]
    [InlineData("/api/v1/outcomes/")]
    [InlineData("/api/v1/outcomes/a/")]
    [InlineData("/api/v1/outcomes/a/b")]
    [InlineData("/api/v1/outcomes//a")]
    [InlineData("/api/v1/outcomes/a%2Fb")]
    [InlineData("/api/v1/outcomes/a%2fb")]
    [InlineData("/api/v1/outcomes/..")]
    [InlineData("/API/v1/outcomes/a")]
    public void Match_PathThatOnlyLooksLikeARow_FindsNone(string path) => Assert.Null(Table.Match(path));

    [Fact]
    public void Match_AnyPath_AllocatesNothing()
    {
        Probe();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Probe();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Probe()
        {
            foreach (var path in (ReadOnlySpan<string>)["/api/v1/causal/validate", "/api/v1/outcomes/5f2c", "/no/such/path"])
            {
                Table.Match(path.AsSpan());
            }
        }
    }

    [Fact]
    public void Match_WrongMethod_StillFindsTheRow()
    {
        var row = Table.Match("/api/v1/causal/validate", "DELETE");
        Assert.Equal("CausalValidate", row?.Name);
        Assert.False(row?.Accepts("DELETE"));
    }

    [Fact]
    public void Match_RowsThatShareAPath_FindsTheOneOfTheMethod()
    {
        var table = EndpointTable.Compile(Given.Loaded(
            ("Endpoints:Read:Path", "/a"), ("Endpoints:Read:Methods", "GET"), ("Endpoints:Write:Path", "/a")));
        Assert.Equal("Read", table.Match("/a", "GET")?.Name);
        Assert.Equal("Write", table.Match("/a", "POST")?.Name);
        Assert.Equal("Read", table.Match("/a", "PUT")?.Name);
    }

    [Fact]
    public void Rows_Always_AreNumberedWithoutGaps() =>
        Assert.Equal(Enumerable.Range(0, Table.Rows.Count), Table.Rows.Select(row => row.Index));
}
