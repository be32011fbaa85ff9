using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using IslSimulator;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>The manifests in deploy/kubernetes against each other, the image and the gateway's own settings, listeners and paths.</summary>
public sealed class KubernetesTests
{
    private const string AppLabel = "app.kubernetes.io/name";

    /// <summary>The kinds that a cluster knows, or comes to know by the Prometheus operator.</summary>
    private static readonly Dictionary<string, (string Api, string Kind)> Kinds = new()
    {
        ["configmap"] = ("v1", "ConfigMap"),
        ["configmap-live"] = ("v1", "ConfigMap"),
        ["deployment"] = ("apps/v1", "Deployment"),
        ["horizontalpodautoscaler"] = ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ["kustomization"] = ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ["networkpolicy"] = ("networking.k8s.io/v1", "NetworkPolicy"),
        ["poddisruptionbudget"] = ("policy/v1", "PodDisruptionBudget"),
        ["secret.example"] = ("v1", "Secret"),
        ["service"] = ("v1", "Service"),
        ["service-management"] = ("v1", "Service"),
        ["servicemonitor"] = ("monitoring.coreos.com/v1", "ServiceMonitor"),
    };

    public static TheoryData<string> Names => [.. Manifest.Names()];

    private static IReadOnlyDictionary<string, string> PodLabels => Manifest.Pod["metadata.labels"].Pairs;

    private static long MemoryLimit => Manifest.Bytes(Manifest.Container["resources.limits.memory"].Text);

    [Theory]
    [MemberData(nameof(Names))]
    public void Manifest_Always_IsOfAKnownKindAndLabelled(string name)
    {
        var manifest = Manifest.Of(name);
        Assert.Equal(Kinds[name], (manifest["apiVersion"].Text, manifest["kind"].Text));
        if (name == "kustomization") return;
        Assert.Equal("islgateway", manifest["metadata.labels"].Pairs[AppLabel]);

        // The kustomization says where it goes.
        Assert.False(manifest["metadata.namespace"].Exists);
    }

    /// <summary>The example of a secret is none of them: what is in a repository is no secret.</summary>
    [Fact]
    public void Kustomization_Always_NamesEveryManifestButTheExample() => Assert.Equal(
        Manifest.Names().Except(["kustomization", "secret.example"]).Select(name => $"{name}.yaml").Order(StringComparer.Ordinal),
        Manifest.Kustomization["resources"].Texts.Order(StringComparer.Ordinal));

    [Fact]
    public void Image_InTheKustomization_IsTheContainers() =>
        Assert.Equal(Manifest.Container["image"].Text, Assert.Single(Manifest.Kustomization["images"].Items)["name"].Text);

    [Fact]
    public void Selectors_Always_MatchThePods()
    {
        Yaml[] selectors =
        [
            Manifest.Deployment["spec.selector.matchLabels"],
            Manifest.Of("service")["spec.selector"],
            Manifest.Of("service-management")["spec.selector"],
            Manifest.Of("poddisruptionbudget")["spec.selector.matchLabels"],
            Manifest.Of("networkpolicy")["spec.podSelector.matchLabels"],
            .. Manifest.Pod["spec.topologySpreadConstraints"].Items.Select(spread => spread["labelSelector.matchLabels"]),
        ];
        Assert.Equal(7, selectors.Length);
        Assert.All(selectors, selector =>
        {
            Assert.NotEmpty(selector.Pairs);
            Assert.Subset(PodLabels.ToHashSet(), selector.Pairs.ToHashSet());
        });
    }

    [Fact]
    public void Autoscaler_Always_ScalesTheDeploymentWhichSaysNoNumberItself()
    {
        var autoscaler = Manifest.Of("horizontalpodautoscaler")["spec"];
        var (deployment, target) = (Manifest.Deployment, autoscaler["scaleTargetRef"]);
        Assert.Equal(
            (deployment["apiVersion"].Text, deployment["kind"].Text, deployment["metadata.name"].Text),
            (target["apiVersion"].Text, target["kind"].Text, target["name"].Text));
        Assert.False(deployment["spec.replicas"].Exists);
        Assert.Equal("cpu", Assert.Single(autoscaler["metrics"].Items)["resource.name"].Text);
        Assert.True(Manifest.Container["resources.requests.cpu"].Exists, "a share of nothing cannot be told");

        // One at a time may be evicted, and there is another.
        Assert.InRange(autoscaler["minReplicas"].Number, Manifest.Of("poddisruptionbudget")["spec.maxUnavailable"].Number + 1, 100);
        Assert.InRange(autoscaler["maxReplicas"].Number, autoscaler["minReplicas"].Number, 100);
    }

    [Fact]
    public void Ports_Always_AreTheListenersOfTheImage()
    {
        var environment = Stage.Of("gateway").Environment;
        Assert.Equal(
            [
                ("gateway", new Uri(environment["Kestrel__Endpoints__Gateway__Url"]).Port),
                ("management", new Uri(environment["Kestrel__Endpoints__Management__Url"]).Port),
            ],
            Manifest.Container["ports"].Items.Select(port => (port["name"].Text, port["containerPort"].Number)));
        Assert.Equal([("gateway", 8080)], PortsOf("service"));
        Assert.Equal([("management", 8081)], PortsOf("service-management"));
    }

    [Fact]
    public void Settings_Always_AreReadAndFitIntoTheMemory()
    {
        Assert.Empty(EnvironmentNames.Unread(Manifest.Settings().Select(setting => setting.Key)));
        var settings = EnvironmentNames.Load(Manifest.Settings(), MemoryLimit);

        Assert.Equal(TimeSpan.FromSeconds(5), settings.Shutdown.ReadinessDelay);
        Assert.Equal(CacheMode.On, settings.Cache.Mode);
        Assert.NotNull(settings.RedisConnectionString);
        Assert.Single(settings.Management.ApiKeys);
        Assert.True(MemoryPlan.Of(settings, MemoryLimit).Needed <= Manifest.Bytes(Manifest.Container["resources.requests.memory"].Text));
    }

    [Fact]
    public void Settings_WithLessMemory_AreRefused() =>
        Assert.Throws<SettingsException>(() => EnvironmentNames.Load(Manifest.Settings(), MemoryLimit / 2));

    [Fact]
    public void Secret_Always_IsTakenByReferenceAndAsFiles()
    {
        var sources = Assert.Single(Manifest.Pod["spec.volumes"].Items, volume => volume["projected"].Exists)["projected.sources"].Items;
        Assert.Equal(Manifest.Of("secret.example")["metadata.name"].Text, sources[0]["secret.name"].Text);
        Assert.Equal(Manifest.Of("configmap-live")["metadata.name"].Text, sources[1]["configMap.name"].Text);
        Assert.Equal(
            [Manifest.Of("configmap")["metadata.name"].Text],
            Manifest.Container["envFrom"].Items.Select(source => source["configMapRef.name"].Text));

        // Where the gateway looks for them, and where nothing else is mounted by Kubernetes itself.
        var mount = Manifest.Container["volumeMounts"].Items.Single(mount => mount["name"].Text == "settings");
        Assert.Equal("/run/secrets", mount["mountPath"].Text);
        Assert.Equal("false", Manifest.Pod["spec.automountServiceAccountToken"].Text);

        // No secret is a variable, which whatever looks into the process can read.
        Assert.Empty(Manifest.Of("configmap")["data"].Pairs.Keys.Intersect(Manifest.Of("secret.example")["stringData"].Pairs.Keys));
        Assert.False(Manifest.Container["env"].Exists);
    }

    [Fact]
    public void Stopping_Always_HasTheTimeThatItTakes()
    {
        var shutdown = EnvironmentNames.Load(Manifest.Settings(), MemoryLimit).Shutdown;
        var grace = TimeSpan.FromSeconds(Manifest.Pod["spec.terminationGracePeriodSeconds"].Number);
        Assert.True(shutdown.ReadinessDelay + shutdown.DrainTimeout < grace);

        // A balancer that goes by the probes has taken it out before the listeners close.
        var readiness = Manifest.Container["readinessProbe"];
        var noticed = TimeSpan.FromSeconds(readiness["periodSeconds"].Number * readiness["failureThreshold"].Number);
        Assert.True(noticed <= shutdown.ReadinessDelay);
    }

    [Fact]
    public void Container_Always_HasNoMoreRightsThanItNeeds()
    {
        var (pod, container) = (Manifest.Pod["spec.securityContext"], Manifest.Container["securityContext"]);
        Assert.Equal("true", pod["runAsNonRoot"].Text);
        Assert.NotEqual(0, pod["runAsUser"].Number);
        Assert.Equal("RuntimeDefault", pod["seccompProfile.type"].Text);
        Assert.Equal("false", container["allowPrivilegeEscalation"].Text);
        Assert.Equal("true", container["readOnlyRootFilesystem"].Text);
        Assert.Equal(["ALL"], container["capabilities.drop"].Texts);
        Assert.False(container["capabilities.add"].Exists);
        Assert.False(container["privileged"].Exists);
        Assert.Equal("false", Manifest.Pod["spec.enableServiceLinks"].Text);
    }

    [Fact]
    public void ManagementPort_InTheNetworkPolicy_IsOpenToPrometheusAlone()
    {
        var policy = Manifest.Of("networkpolicy")["spec"];
        Assert.Contains("Ingress", policy["policyTypes"].Texts);

        // A rule that names no port opens all of them.
        Assert.All(policy["ingress"].Items, rule => Assert.NotEmpty(rule["ports"].Items));
        var rules = policy["ingress"].Items
            .Where(rule => rule["ports"].Items.Any(port => port["port"].Text is not "gateway" || port["endPort"].Exists)).ToList();
        var from = Assert.Single(Assert.Single(rules)["from"].Items);
        Assert.Equal("management", Assert.Single(rules[0]["ports"].Items)["port"].Text);
        Assert.NotEmpty(from["namespaceSelector.matchLabels"].Pairs);
        Assert.Equal("prometheus", from["podSelector.matchLabels"].Pairs[AppLabel]);
        Assert.Contains(policy["ingress"].Items, rule => rule["ports"].Items.Any(port => port["port"].Text == "gateway"));
    }

    [Fact]
    public void ServiceMonitor_Always_FindsTheManagementServiceAndNamesTheJobOfTheRules()
    {
        var monitor = Manifest.Of("servicemonitor")["spec"];
        var wanted = monitor["selector.matchLabels"].Pairs.ToHashSet();
        var services = ((string[])["service", "service-management"])
            .Where(name => wanted.IsSubsetOf(Manifest.Of(name)["metadata.labels"].Pairs)).ToList();
        Assert.Equal(["service-management"], services);
        var endpoint = Assert.Single(monitor["endpoints"].Items);
        Assert.Equal(PortsOf("service-management").Single().Name, endpoint["port"].Text);

        var job = Manifest.Of("service-management")["metadata.labels"].Pairs[monitor["jobLabel"].Text];
        Assert.Contains(
            job, Yaml.Read("deploy/prometheus/prometheus.yml")["scrape_configs"].Items.Select(config => config["job_name"].Text));
    }

    /// <summary>The gateway with the manifests' settings, and each of its probes and the scrape, asked where they would ask.</summary>
    [Fact]
    public async Task Probes_AndTheScrape_AskWhatTheManagementListenerServes()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            [.. Manifest.Of("configmap")["data"].Pairs.Where(setting => setting.Key != "Isl__BaseUrl")
                .Select(setting => $"{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}"),
                "Shutdown:ReadinessDelay=0s"]);
        var probes = ((string[])["startupProbe", "livenessProbe", "readinessProbe"]).Select(probe => Manifest.Container[$"{probe}.httpGet"])
            .ToList();
        Assert.All(probes, probe => Assert.Equal("management", probe["port"].Text));

        foreach (var path in probes.Select(probe => probe["path"].Text).Append(
            Manifest.Of("servicemonitor")["spec.endpoints"].Items[0]["path"].Text))
        {
            using var answer = await gateway.ManagementClient.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal((path, HttpStatusCode.OK), (path, answer.StatusCode));
        }
    }

    private static IEnumerable<(string Name, int Port)> PortsOf(string service)
    {
        var ports = Manifest.Of(service)["spec.ports"].Items;
        Assert.Subset(
            Manifest.Container["ports"].Items.Select(port => port["name"].Text).ToHashSet(),
            ports.Select(port => port["targetPort"].Text).ToHashSet());
        return ports.Select(port => (port["name"].Text, port["port"].Number));
    }
}
