using IslGateway.Settings;

namespace IslGateway.UnitTests.Settings;

public sealed class SettingsComparisonTests
{
    [Fact]
    public void Differing_TheSameTwice_IsNothing() =>
        Assert.Empty(SettingsComparison.Differing(new GatewaySettings(), new GatewaySettings()));

    [Fact]
    public void Differing_InEveryKindOfSetting_NamesThem()
    {
        var before = new GatewaySettings { Endpoints = Rows(("Same", Second), ("Changed", Second), ("Gone", Second)) };
        var after = new GatewaySettings
        {
            Cache = new CacheOptions { Mode = CacheMode.Off, Memory = new CacheMemoryOptions { SizeLimit = 1 << 20 } },
            Management = new ManagementOptions { ApiKeys = ["key"] },
            RedisConnectionString = "redis:6379",
            Endpoints = Rows(("Same", Second), ("Changed", 2 * Second), ("New", Second)),
        };

        Assert.Equal(
            ["Cache:Memory:SizeLimit", "Cache:Mode", "ConnectionStrings:Redis", "Endpoints:Changed:Ttl", "Endpoints:Gone", "Endpoints:New",
                "Management:ApiKeys"],
            SettingsComparison.Differing(before, after).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TakingRestart_OfWhatDiffers_NamesWhatIsReadAtStart()
    {
        var before = new GatewaySettings { Endpoints = Rows(("Changed", Second), ("Gone", Second)), RedisConnectionString = "redis:6379" };
        var after = new GatewaySettings
        {
            Isl = new IslOptions { MaxConnections = 7, HealthInterval = Second },
            Cache = new CacheOptions { Mode = CacheMode.Off, Prefix = "other" },
            RedisConnectionString = "elsewhere:6379",
            Endpoints = new Dictionary<string, EndpointOptions>
            {
                ["Changed"] = new() { Ttl = 2 * Second, Timeout = Second, Session = new SessionOptions { User = "/user" } },
            },
        };

        Assert.Equal(
            ["Cache:Prefix", "Endpoints:Changed:Session", "Endpoints:Changed:Timeout", "Endpoints:Gone", "Isl:MaxConnections"],
            SettingsComparison.TakingRestart(before, after).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["ConnectionStrings:Redis"],
            SettingsComparison.TakingRestart(new GatewaySettings(), new GatewaySettings { RedisConnectionString = "redis:6379" }));
    }

    [Fact]
    public void Experiments_ThatDiffer_AreNamedAndTakeARestart()
    {
        var before = new GatewaySettings { Experiments = Experiments(("Same", 500), ("Changed", 500), ("Gone", 500)) };
        var after = new GatewaySettings { Experiments = Experiments(("Same", 500), ("Changed", 501), ("New", 500)) };
        string[] expected = ["Experiments:Changed:Arms", "Experiments:Gone", "Experiments:New"];
        Assert.Equal(expected, SettingsComparison.Differing(before, after).Order(StringComparer.Ordinal));
        Assert.Equal(expected, SettingsComparison.TakingRestart(before, after).Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, ExperimentOptions> Experiments(params (string Name, int Samples)[] experiments) =>
        experiments.ToDictionary(
            experiment => experiment.Name,
            experiment => new ExperimentOptions { Arms = [new ArmOptions { Samples = experiment.Samples, Share = 1 }] });

    private static TimeSpan Second => TimeSpan.FromSeconds(1);

    private static Dictionary<string, EndpointOptions> Rows(params (string Name, TimeSpan Ttl)[] rows) =>
        rows.ToDictionary(row => row.Name, row => new EndpointOptions { Ttl = row.Ttl });
}
