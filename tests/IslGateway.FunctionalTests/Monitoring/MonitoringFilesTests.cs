using System.Globalization;
using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>Rules and dashboard against the gateway's own metrics: a name that nobody exposes is an alert that never fires.</summary>
public sealed partial class MonitoringFilesTests
{
    private const string Job = "islgateway";
    private static readonly string[] OfPrometheus = ["job", "instance"];
    private static readonly string[] Runbook = File.ReadAllLines(Path.Combine(MonitoringFiles.Folder, "README.md"));

    public static TheoryData<string> AlertNames => [.. MonitoringFiles.Alerts.Select(alert => alert.Name)];

    public static TheoryData<string> Expressions =>
    [
        .. MonitoringFiles.Rules.Select(rule => rule.Expression.Text)
            .Concat(MonitoringFiles.Queries.Select(query => query.Query.Text)).Distinct(),
    ];

    [Fact]
    public void Files_Always_AreFound() =>
        Assert.True(MonitoringFiles.Alerts.Count() >= 20 && MonitoringFiles.Queries.Count >= 40 && MonitoringFiles.Cases.Count >= 40);

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Expression_Always_SelectsTheJob(string text)
    {
        var expression = new PromQl(text);
        Assert.NotEmpty(expression.Selectors);
        Assert.Empty(expression.Unselected);
        Assert.All(expression.Selectors, selector => Assert.Contains(("job", "=", Job), selector.Matchers));
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Expression_Always_NamesSeriesAndLabelsThatExist(string text)
    {
        var expression = new PromQl(text);
        Assert.All(expression.Selectors, selector =>
            Assert.Empty(selector.Matchers.Select(matcher => matcher.Label).Except(LabelsOf(selector.Name))));
        Assert.Empty(expression.Labels.Except(expression.Selectors.SelectMany(selector => LabelsOf(selector.Name))));
    }

    /// <summary>A word that is no reason selects nothing.</summary>
    [Theory]
    [MemberData(nameof(Expressions))]
    public void CacheWords_InAnExpression_AreTheCodes(string text)
    {
        var words = new PromQl(text).Selectors.SelectMany(selector => selector.Matchers).Where(matcher => matcher.Label == "cache")
            .SelectMany(matcher => matcher.Value.Split('|'));
        Assert.Empty(words.Except([.. ReasonWords.All, "stored", "collapsed"]));
    }

    [Fact]
    public void RecordedSeries_Always_AreUsed()
    {
        var used = MonitoringFiles.Rules.Select(rule => rule.Expression).Concat(MonitoringFiles.Queries.Select(query => query.Query))
            .SelectMany(expression => expression.Selectors).Select(selector => selector.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(MonitoringFiles.Rules.Where(rule => !rule.IsAlert && !used.Contains(rule.Name)).Select(rule => rule.Name));
    }

    [Theory]
    [MemberData(nameof(AlertNames))]
    public void Alert_Always_SaysHowUrgentItIsAndWhatToDo(string name)
    {
        var alert = MonitoringFiles.Alerts.Single(alert => alert.Name == name);
        Assert.Contains(alert.Severity, (string[])["page", "ticket", "info"]);
        Assert.False(string.IsNullOrWhiteSpace(alert.Annotations["summary"]));
        Assert.Equal($"deploy/README.md#{name.ToLower(CultureInfo.InvariantCulture)}", alert.Annotations["runbook"]);
        var heading = Array.IndexOf(Runbook, $"### {name}");
        Assert.True(heading >= 0, $"deploy/README.md has no heading '### {name}'.");
        Assert.Contains(Runbook.Skip(heading + 1).TakeWhile(line => !line.StartsWith('#')), line => line.Length > 0);
    }

    [Fact]
    public void Runbook_Always_NamesAlertsThatExist() =>
        Assert.Equal(
            MonitoringFiles.Alerts.Select(alert => alert.Name).Order(StringComparer.Ordinal),
            Runbook.Select(line => AlertHeading().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Pages_Always_AreFew() => Assert.InRange(MonitoringFiles.Alerts.Count(alert => alert.Severity == "page"), 1, 4);

    [Theory]
    [MemberData(nameof(AlertNames))]
    public void Alert_Always_HasACaseThatFiresAndOneThatDoesNot(string name)
    {
        var cases = MonitoringFiles.Cases.Where(one => one.Alert == name).ToList();
        Assert.Contains((name, true), cases);
        Assert.Contains((name, false), cases);
    }

    [Fact]
    public void Panels_Always_SayWhatTheyShow()
    {
        Assert.All(MonitoringFiles.Panels, panel =>
        {
            Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("title").GetString()));
            Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("description").GetString()));
        });
        var all = MonitoringFiles.Dashboard.GetProperty("panels").EnumerateArray();
        Assert.Distinct(all.Select(panel => panel.GetProperty("id").GetInt32()));
    }

    [Fact]
    public void Panels_Always_AskTheProvisionedSource()
    {
        var source = MonitoringFiles.Yaml(Path.Combine(MonitoringFiles.Grafana, "provisioning", "datasources", "prometheus.yml"))
            ["datasources"][0]["uid"].ToString();
        Assert.All(MonitoringFiles.Panels, panel => Assert.Equal(source, panel.GetProperty("datasource").GetProperty("uid").GetString()));
    }

    /// <summary>What a series may be selected and grouped by; a recorded one says so in its name.</summary>
    private static string[] LabelsOf(string name)
    {
        if (ExposedMetrics.Labels.TryGetValue(name, out var labels)) return [.. labels, .. OfPrometheus];
        Assert.Contains(MonitoringFiles.Rules, rule => rule.Name == name && !rule.IsAlert);
        return name.Split(':')[0].Split('_');
    }

    [GeneratedRegex("^### (IslGateway[A-Za-z]+)$")]
    private static partial Regex AlertHeading();
}
