using System.Text.RegularExpressions;
using IslGateway.Settings.Reading;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>docker-compose.yml against the images and the product. That it runs: <c>tests/Compose/check</c>.</summary>
public sealed partial class ComposeTests
{
    private static readonly Yaml Services = Yaml.Read("docker-compose.yml")["services"];

    public static TheoryData<string> Names => [.. Services.Members.Keys];

    [Fact]
    public void Services_Always_AreThese() =>
        Assert.Equal(["gateway", "grafana", "prometheus", "redis", "simulator"], Services.Members.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Monitoring_Unasked_IsLeftOut() => Assert.All(
        Services.Members, service => Assert.Equal(
            service.Key is "prometheus" or "grafana" ? ["monitoring"] : (string[])[], service.Value["profiles"].Texts));

    [Theory]
    [MemberData(nameof(Names))]
    public void Ports_OfAService_AreOnThisMachineOnlyAndThoseOfItsImage(string name)
    {
        var service = Services[name];
        foreach (var port in service["ports"].Texts)
        {
            var parts = PublishedPort().Match(port);
            Assert.True(parts.Success, $"{name}: {port}");
            Assert.Equal("127.0.0.1", parts.Groups["address"].Value);

            // Whoever looks it up in the file finds the same port outside as inside.
            Assert.Equal(parts.Groups["inside"].Value, parts.Groups["outside"].Value);
            if (TargetOf(service) is { } stage) Assert.Contains(int.Parse(parts.Groups["inside"].Value, null), stage.Exposed);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void HealthCheck_OfAService_IsThereAndAwaited(string name)
    {
        Assert.True(HasHealthCheck(Services[name]), name);
        Assert.All(Services[name]["depends_on"].Members, other =>
        {
            Assert.Equal("service_healthy", other.Value["condition"].Text);
            Assert.Contains(other.Key, Services.Members.Keys);
        });
    }

    [Fact]
    public void Start_OfTheWholeStack_IsInOrder()
    {
        Assert.Equal(["redis", "simulator"], Services["gateway.depends_on"].Members.Keys);
        Assert.Equal(["gateway"], Services["prometheus.depends_on"].Members.Keys);
        Assert.Equal(["prometheus"], Services["grafana.depends_on"].Members.Keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mounts_OfAService_AreInTheRepositoryAndReadOnly(string name) => Assert.All(Services[name]["volumes"].Texts, mount =>
    {
        var parts = mount.Split(':');
        Assert.True(Path.Exists(Checkout.PathOf(parts[0])), mount);
        Assert.Equal("ro", parts[2]);
    });

    [Theory]
    [InlineData("gateway")]
    [InlineData("simulator")]
    public void Container_OfOurs_HasNoMoreRightsThanItNeeds(string name)
    {
        Assert.Equal("true", Services[name]["read_only"].Text);
        Assert.Equal(["ALL"], Services[name]["cap_drop"].Texts);
        Assert.Equal(["no-new-privileges:true"], Services[name]["security_opt"].Texts);
    }

    [Fact]
    public void Settings_OfTheGateway_AreReadAndLeadToItsNeighbours()
    {
        var given = Services["gateway.environment"].Pairs;
        Assert.Empty(EnvironmentNames.Unread(given.Keys));
        var settings = EnvironmentNames.Load(
            Stage.Of("gateway").Environment.Concat(given), Bytes(Services["gateway.mem_limit"].Text));

        Assert.Equal(
            new Uri($"http://simulator:{Assert.Single(Stage.Of("simulator").Exposed)}"), Assert.Single(settings.Isl.BaseUrls));
        Assert.Equal("redis:6379", settings.RedisConnectionString);

        // A call from outside the container does not come from its own machine: without a key, nothing could be purged.
        Assert.Contains("development", Assert.Single(settings.Management.ApiKeys), StringComparison.Ordinal);
        Assert.True(
            settings.Shutdown.ReadinessDelay + settings.Shutdown.DrainTimeout
            < DurationText.Parse(Services["gateway.stop_grace_period"].Text));
    }

    [Fact]
    public void Prometheus_Always_ScrapesTheManagementListener()
    {
        var jobs = Yaml.Read("deploy/prometheus/prometheus.yml")["scrape_configs"].Items;
        var job = jobs.Single(job => job["job_name"].Text == "islgateway");
        Assert.Equal([$"gateway:{Stage.Of("gateway").Exposed[1]}"], job["static_configs"].Items[0]["targets"].Texts);
    }

    [Fact]
    public void Grafana_Always_FindsItsDashboardsAndPrometheus()
    {
        var providers = Yaml.Read("deploy/grafana/provisioning/dashboards/islgateway.yml")["providers"].Items;
        Assert.Contains($"./deploy/grafana/dashboards:{providers.Single()["options.path"].Text}:ro", Services["grafana.volumes"].Texts);
        Assert.Contains("./deploy/grafana/provisioning:/etc/grafana/provisioning:ro", Services["grafana.volumes"].Texts);
        var sources = Yaml.Read("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"].Items;
        Assert.Equal("http://prometheus:9090", sources.Single()["url"].Text);
    }

    /// <summary>Its rules are found relative to its own file.</summary>
    [Fact]
    public void Prometheus_Always_FindsItsRules()
    {
        Assert.Equal(["./deploy/prometheus:/etc/prometheus:ro"], Services["prometheus.volumes"].Texts);
        Assert.All(Yaml.Read("deploy/prometheus/prometheus.yml")["rule_files"].Texts, pattern =>
            Assert.NotEmpty(Directory.EnumerateFiles(
                Checkout.PathOf(Path.Combine("deploy/prometheus", Path.GetDirectoryName(pattern)!)), Path.GetFileName(pattern))));
    }

    private static Stage? TargetOf(Yaml service) => service["build.target"].Exists ? Stage.Of(service["build.target"].Text) : null;

    private static bool HasHealthCheck(Yaml service) =>
        service["healthcheck.test"].Exists || TargetOf(service) is { HealthCheck.Count: > 0 };

    private static long Bytes(string size) =>
        SizeText.TryParse(size.ToUpperInvariant() + "iB", out var bytes, out _) ? bytes : throw new FormatException(size);

    /// <summary><c>127.0.0.1:${GATEWAY_PORT:-8080}:8080</c>, where the port outside is the default.</summary>
    [GeneratedRegex(@"^(?<address>[\d.]+):\$\{[A-Z_]+:-(?<outside>\d+)\}:(?<inside>\d+)$")]
    private static partial Regex PublishedPort();
}
