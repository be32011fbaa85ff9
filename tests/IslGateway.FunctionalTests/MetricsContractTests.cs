using System.Globalization;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.Monitoring;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>The exposition's names, types, labels, bounds and help are a contract with whoever scrapes it.</summary>
public sealed class MetricsContractTests
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "Contracts", "metrics.txt");

    [Fact]
    public async Task Exposition_Always_IsTheContracts()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        for (var i = 0; i < 2; i++) (await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        var text = "";
        await Eventually.TrueAsync(
            async () => (text = await gateway.MetricsAsync()).Contains("plot_isl_latency_seconds_count{", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60), "the requests are counted");

        var actual = Describe(text);
        var expected = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        Assert.True(expected == actual, $"{File} differs. It should be:\n{actual}");
    }

    /// <summary>A line for each family and one for its help, in alphabetical order.</summary>
    private static string Describe(string exposition)
    {
        var lines = exposition.Split('\n');
        var labels = ExposedMetrics.Families.ToDictionary(family => family.Name, family => family.Labels);
        var helps = Told("# HELP ");
        var types = Told("# TYPE ");
        Assert.Equal(helps.Keys.Order(StringComparer.Ordinal), labels.Keys.Order(StringComparer.Ordinal));
        var text = new StringBuilder();
        foreach (var (name, help) in helps.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Assert.All(lines.Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)), line =>
                Assert.Equal(labels[name], LabelsOf(line)));
            var bounds = BoundsOf(name);
            text.Append(CultureInfo.InvariantCulture, $"{types[name]} {name}{{{string.Join(',', labels[name])}}}{bounds}\n    {help}\n");
        }

        return text.ToString();

        Dictionary<string, string> Told(string what) => lines.Where(line => line.StartsWith(what, StringComparison.Ordinal))
            .Select(line => line[what.Length..].Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1]);

        string BoundsOf(string name)
        {
            var bounds = lines.Where(line => line.StartsWith(name + "_bucket{", StringComparison.Ordinal))
                .Select(line => line.Split("le=\"")[1].Split('"')[0]).Distinct().ToList();
            return bounds.Count == 0 ? "" : " " + string.Join(' ', bounds);
        }
    }

    private static IEnumerable<string> LabelsOf(string line) =>
        line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..line.LastIndexOf('}')]
            .Split("\",").Select(label => label.Split("=\"")[0]);
}
