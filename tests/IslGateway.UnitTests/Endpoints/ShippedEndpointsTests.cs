using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Configuration;

namespace IslGateway.UnitTests.Endpoints;

public sealed class ShippedEndpointsTests
{
    private const string Api = "/api/v1/";

    private static readonly string[] FingerprintedPaths =
    [
        "causal/validate", "causal/counterfactual", "causal/counterfactual/batch", "causal/transport",
        "causal/sensitivity/detailed", "causal/extract-factors", "batch/validate", "batch/counterfactual", "validation/validate",
        "analysis/sequential", "analysis/policy-tree", "analysis/stage-sensitivity",
    ];

    private static readonly string[] UnnamedConfigurationPaths =
    [
        "causal/parameter-recommendations", "validation/feasibility", "validation/correlations", "utility/validate",
        "sensitivity/detailed", "contrastive", "conformal", "analysis/dominance", "analysis/pareto",
        "analysis/risk-adjust", "analysis/thresholds", "aggregation/multi-criteria", "analysis/optimise", "analysis/robustness",
        "robustness/analyze", "robustness/analyze/v2", "robustness/analyze/unified",
    ];

    /// <summary>Not the same twice, though they only compute and are D or D* at first sight.</summary>
    private static readonly string[] UnsteadyPaths =
    [
        "causal/counterfactual/conformal", "validation/strategies", "analysis/identifiability", "analysis/identifiability/dag",
    ];

    private static readonly string[] UncachedPaths =
    [
        "causal/validate/strategies", "causal/discover/from-data", "causal/discover/from-knowledge", "causal/experiment/recommend",
        "teaching/teach", "validation/coherence", "team/align", "analysis/sensitivity", "explain/contrastive",
        "analysis/conditional-recommend", "outcomes/log", "outcomes/{id}", "outcomes/summary", "preferences/update", .. UnsteadyPaths,
    ];

    private static readonly string[] ServicePaths =
    [
        "/health", "/ready", "/cache/stats", "/health/circuit-breakers", "/health/services", "/metrics", "/openapi.json", "/docs", "/redoc",
    ];

    private static readonly string[] OrderedPaths =
    [
        "causal/counterfactual", "causal/counterfactual/batch", "causal/transport",
        "batch/counterfactual", "conformal", "analysis/robustness", "robustness/analyze", "robustness/analyze/v2",
        "robustness/analyze/unified", "analysis/sequential", "analysis/policy-tree", "analysis/stage-sensitivity",
        "aggregation/multi-criteria", "analysis/optimise",
    ];

    private static readonly EndpointTable Table = Compile();

    [Fact]
    public void Table_AsShipped_HasEveryEndpointOnce()
    {
        string[] inApi = [.. FingerprintedPaths, .. UnnamedConfigurationPaths, .. UncachedPaths, "preferences/elicit"];
        var expected = inApi.Select(path => Api + path).Concat(ServicePaths);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Table.Rows.Select(row => row.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Table_AsShipped_HasThePolicyOfEachClass()
    {
        Assert.Equal(
            InApi([.. FingerprintedPaths, .. UnnamedConfigurationPaths]), PathsWhere(row => row.Cache == CachePolicy.Deterministic));
        Assert.Equal(InApi("preferences/elicit"), PathsWhere(row => row.Cache == CachePolicy.Session));
        Assert.Equal(InApi(OrderedPaths), PathsWhere(row => row.IsCacheable && row.KeyOrder == KeyOrder.Significant));
        Assert.Equal(
            InApi(UnnamedConfigurationPaths), PathsWhere(row => row.IsCacheable && row.BodyFingerprint == BodyFingerprint.IfPresent));
    }

    [Fact]
    public void Table_AsShipped_SendsAgainWhateverChangesNothing() =>
        Assert.Equal(InApi("outcomes/log", "outcomes/{id}", "preferences/update"), PathsWhere(row => !row.Retry));

    [Fact]
    public void Table_AsShipped_IsNamedAfterItsPaths()
    {
        foreach (var row in Table.Rows)
        {
            var words = row.Path.Replace(Api, "", StringComparison.Ordinal).Split('/', '-', '.', '{', '}');
            Assert.Equal(string.Concat(words), row.Name.Replace("OpenApi", "OpenApiJson", StringComparison.Ordinal), ignoreCase: true);
        }
    }

    [Theory]
    [InlineData("ValidationValidate", 30)]
    [InlineData("OutcomesLog", 30)]
    [InlineData("TeachingTeach", 60)]
    [InlineData("Conformal", 60)]
    [InlineData("PreferencesElicit", 60)]
    [InlineData("CausalValidate", 90)]
    [InlineData("RobustnessAnalyzeV2", 90)]
    [InlineData("AnalysisDominance", 120)]
    [InlineData("BatchCounterfactual", 180)]
    public void Timeout_AsShipped_IsThatOfItsFamily(string name, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Row(name).Timeout);
        Assert.Equal(TimeSpan.FromSeconds(seconds + 5), Row(name).UpstreamTimeout);
    }

    [Theory]
    [InlineData("Health", 10)]
    [InlineData("CausalValidate", 2_000)]
    [InlineData("CausalCounterfactual", 2_000)]
    [InlineData("PreferencesElicit", 1_500)]
    [InlineData("PreferencesUpdate", 1_500)]
    [InlineData("TeachingTeach", 1_500)]
    [InlineData("ValidationValidate", 2_000)]
    public void LatencyTarget_AsShipped_IsTheGuidesP95(string name, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Row(name).LatencyTarget);

    [Fact]
    public void Elicit_AsShipped_BelongsToItsUserForFiveMinutes()
    {
        var row = Row("PreferencesElicit");
        Assert.Equal(TimeSpan.FromMinutes(5), row.Lifetime.Ttl);
        Assert.Equal(TimeSpan.Zero, row.Lifetime.StaleTtl);
        Assert.Equal("/user_id", row.SessionUser?.Text);
        Assert.Equal(["PreferencesUpdate"], row.InvalidatedBy);
    }

    [Fact]
    public void RobustnessV2_AsShipped_IsKeyedByItsVersionHeader() =>
        Assert.Equal(["X-ISL-Response-Version"], Row("RobustnessAnalyzeV2").KeyHeaders);

    [Fact]
    public void RobustnessV2_AsShipped_HasAnIdOfItsOwn() =>
        Assert.Contains("/request_id", Row("RobustnessAnalyzeV2").VolatileFields.Select(field => field.Text));

    [Theory]
    [InlineData("CausalValidate", "/status == \"degraded\"")]
    [InlineData("BatchValidate", "/results/*/error nonempty")]
    [InlineData("BatchCounterfactual", "/results/*/error nonempty")]
    [InlineData("RobustnessAnalyzeV2", "/robustness_status == \"error\"")]
    [InlineData("PreferencesElicit", "/**/success == false")]
    public void NeverStoreWhen_AsShipped_NamesAnswersThatAreNotWhole(string name, string condition) =>
        Assert.Contains(condition, Row(name).NeverStoreWhen.Select(item => item.Text));

    [Theory]
    [InlineData("Endpoints:CausalValidate:Ttl")]
    [InlineData("ENDPOINTS:CAUSALVALIDATE:TTL")]
    public void Override_OneField_LeavesTheOthersAndTheName(string key)
    {
        var row = Compile((key, "2s")).Rows.Single(row => row.Path == "/api/v1/causal/validate");
        Assert.Equal("CausalValidate", row.Name);
        Assert.Equal(TimeSpan.FromSeconds(2), row.Lifetime.Ttl);
        Assert.Equal(TimeSpan.FromSeconds(90), row.Timeout);
    }

    [Fact]
    public void Override_List_ReplacesItWhole()
    {
        var table = Compile(("Endpoints:BatchValidate:VolatileFields", "/x"), ("Endpoints:BatchCounterfactual:VolatileFields:0", "/y"));
        Assert.Equal("/x", Assert.Single(table.Match("/api/v1/batch/validate")!.VolatileFields).Text);
        Assert.Equal("/y", Assert.Single(table.Match("/api/v1/batch/counterfactual")!.VolatileFields).Text);
    }

    [Fact]
    public void Override_SessionRowToNone_NeedsNothingElse() =>
        Assert.False(Compile(("Endpoints:PreferencesElicit:Cache", "None")).Match("/api/v1/preferences/elicit")!.IsCacheable);

    [Fact]
    public void AddShippedEndpoints_ReloadedManager_KeepsTheTable()
    {
        using var manager = new ConfigurationManager();
        manager.AddInMemoryCollection([KeyValuePair.Create("Endpoints:Health:Retry", (string?)"true")]);
        manager.AddShippedEndpoints();
        ((IConfigurationRoot)manager).Reload();

        var settings = new SettingsLoader(manager, isDevelopment: true, EndpointRules.Check).Load();
        Assert.Equal(Table.Rows.Count, settings.Endpoints.Count);
        Assert.True(settings.Endpoints["Health"].Retry);
    }

    private static EndpointTable Compile(params (string Key, string? Value)[] overrides) =>
        EndpointTable.Compile(new SettingsLoader(Given.OverShipped(overrides), isDevelopment: true, EndpointRules.Check).Load());

    private static EndpointRow Row(string name) => Table.Rows.Single(row => row.Name == name);

    private static IEnumerable<string> InApi(params string[] paths) => paths.Select(path => Api + path).Order(StringComparer.Ordinal);

    private static IEnumerable<string> PathsWhere(Func<EndpointRow, bool> test) =>
        Table.Rows.Where(test).Select(row => row.Path).Order(StringComparer.Ordinal);
}
