using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>What <c>deploy/</c> gives to Prometheus and Grafana.</summary>
internal static class MonitoringFiles
{
    /// <summary>The copy of <c>deploy/</c> beside the tests.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "deploy");

    public static string Prometheus { get; } = Path.Combine(Folder, "prometheus");

    public static string Grafana { get; } = Path.Combine(Folder, "grafana");

    public static IReadOnlyList<MonitoringRule> Rules { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Prometheus, "rules"), "*.yml").Order(StringComparer.Ordinal).SelectMany(RulesOf)];

    public static IEnumerable<MonitoringRule> Alerts => Rules.Where(rule => rule.IsAlert);

    /// <summary>The cases of the rules' own tests: which alert, and whether it fires.</summary>
    public static IReadOnlyList<(string Alert, bool Fires)> Cases { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Prometheus, "tests"), "*.yml").SelectMany(CasesOf)];

    public static JsonElement Dashboard { get; } =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Grafana, "dashboards", "islgateway.json"))).RootElement;

    /// <summary>Every query of the dashboard, by what shows it.</summary>
    public static IReadOnlyList<(string Title, PromQl Query)> Queries { get; } =
    [
        .. Annotations.Select(one => (one.GetProperty("name").GetString()!, new PromQl(one.GetProperty("expr").GetString()!))),
        .. Panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray(), (panel, target) =>
            (panel.GetProperty("title").GetString()!, new PromQl(target.GetProperty("expr").GetString()!))),
        .. Variables.Select(one => (one.GetProperty("name").GetString()!, SeriesOf(one.GetProperty("definition").GetString()!))),
    ];

    /// <summary>The panels of the dashboard that show something.</summary>
    public static IEnumerable<JsonElement> Panels =>
        Dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");

    /// <summary>A document of YAML.</summary>
    public static YamlMappingNode Yaml(string path)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(path);
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    private static IEnumerable<JsonElement> Annotations => Dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray();

    private static IEnumerable<JsonElement> Variables => Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray();

    /// <summary>What <c>label_values(SERIES, label)</c> looks at.</summary>
    private static PromQl SeriesOf(string definition) =>
        new(definition["label_values(".Length..definition.LastIndexOf(',')]);

    private static IEnumerable<MonitoringRule> RulesOf(string path) =>
        from YamlMappingNode @group in (YamlSequenceNode)Yaml(path)["groups"]
        from YamlMappingNode rule in (YamlSequenceNode)@group["rules"]
        let isAlert = rule.Children.ContainsKey("alert")
        select new MonitoringRule(
            Text(rule, isAlert ? "alert" : "record")!,
            isAlert,
            new PromQl(Text(rule, "expr")!),
            rule.Children.TryGetValue("labels", out var labels) ? Text((YamlMappingNode)labels, "severity") : null,
            rule.Children.TryGetValue("annotations", out var annotations)
                ? ((YamlMappingNode)annotations).ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString())
                : new Dictionary<string, string>());

    private static IEnumerable<(string Alert, bool Fires)> CasesOf(string path) =>
        from YamlMappingNode test in (YamlSequenceNode)Yaml(path)["tests"]
        from YamlMappingNode question in (YamlSequenceNode)test["alert_rule_test"]
        select (Text(question, "alertname")!, ((YamlSequenceNode)question["exp_alerts"]).Children.Count > 0);

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? value.ToString() : null;
}
