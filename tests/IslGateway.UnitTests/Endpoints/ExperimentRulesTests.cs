using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace IslGateway.UnitTests.Endpoints;

/// <summary>Experiments are refused unless they can be made as they are written.</summary>
public sealed class ExperimentRulesTests
{
    [Theory]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=500 E:Arms:0:Share=0.5 E:Arms:1:Samples=1000 E:Arms:1:Share=0.5", null)]
    [InlineData("E:Endpoint=a E:Arms:0:Samples=500 E:Arms:0:Share=1 E:Field=/x/y", null)]
    [InlineData("E:Arms:0:Samples=5 E:Arms:0:Share=1", "Experiments:E:Endpoint: must be set")]
    [InlineData("E:Endpoint=Aa E:Arms:0:Samples=5 E:Arms:0:Share=1", "Experiments:E:Endpoint = \"Aa\": is no row; did you mean A?")]
    [InlineData("E:Endpoint=B E:Arms:0:Samples=5 E:Arms:0:Share=1", "Endpoints:B:Samples:Enabled=true")]
    [InlineData("E:Endpoint=A", "Experiments:E:Arms: must be 1 to 8, not 0")]
    [InlineData("E:Endpoint=A E:Arms:0:Share=1", "Experiments:E:Arms:0:Samples: must be set")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5", "Experiments:E:Arms:0:Share: must be set")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=0 E:Arms:0:Share=1", "must be between 1 and 1000000000")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=1.5", "Experiments:E:Arms:0:Share = \"1.5\": must be between 0 and 1")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=0.5 E:Arms:1:Samples=6 E:Arms:1:Share=0.4", "1 together, not 0.9")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=0.5 E:Arms:1:Samples=5 E:Arms:1:Share=0.5", "is another arm's already")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=1 E:Field=x", "Experiments:E:Field = \"x\"")]
    [InlineData("E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=1 E:Field=/x/*", "without '*'")]
    [InlineData("E:Endpoint=A E:Arms:0:Sample=5 E:Arms:0:Share=1", "Experiments:E:Arms:0:Sample: is no setting; did you mean Samples?")]
    [InlineData("E:Endpoint=A E:Arms:x:Samples=5", "Experiments:E:Arms:x: Experiments:E:Arms is a list of sections")]
    [InlineData("E:Endpoint=A E:Arms=500", "Experiments:E:Arms: Experiments:E:Arms is a list of sections")]
    [InlineData(
        "E:Endpoint=A E:Arms:0:Samples=5 E:Arms:0:Share=1 F:Endpoint=A F:Arms:0:Samples=5 F:Arms:0:Share=1",
        "Experiments:F:Endpoint = \"A\": has the experiment E already")]
    [InlineData("e/f:Endpoint=A e/f:Arms:0:Samples=5 e/f:Arms:0:Share=1", "an experiment's name is 1 to 64 of")]
    public void Experiment_AsWritten_IsTakenOrRefusedByName(string settings, string? error)
    {
        var errors = ErrorsOf(settings.Split(' '));
        if (error is null) Assert.Empty(errors);
        else Assert.Contains(errors, found => found.ToString().Contains(error, StringComparison.Ordinal));
    }

    [Fact]
    public void Experiments_BeyondTheMost_AreRefused()
    {
        var settings = Enumerable.Range(0, 17).Select(n => $"E{n}:Endpoint=A");
        Assert.Contains(ErrorsOf(settings), found => found.ToString() == "Experiments: are at most 16, not 17");
    }

    [Fact]
    public void Arms_OfOneExperiment_KeepTheirOrder()
    {
        string[] settings = [.. Enumerable.Range(0, 11).Select(n => $"E:Arms:{n}:Samples={100 + n}")];
        var read = Read(settings, new SettingsReport()).Experiments["E"].Arms!;
        Assert.Equal(Enumerable.Range(100, 11), read.Select(arm => arm.Samples!.Value));
    }

    private static IReadOnlyList<SettingsError> ErrorsOf(IEnumerable<string> settings)
    {
        var report = new SettingsReport();
        ExperimentRules.Check(Read(settings, report), report);
        return report.Errors;
    }

    private static GatewaySettings Read(IEnumerable<string> settings, SettingsReport report)
    {
        string[] rows =
        [
            "Endpoints:A:Path=/a", "Endpoints:A:Cache=Deterministic", "Endpoints:A:Samples:Enabled=true",
            "Endpoints:A:Samples:Field=/n", "Endpoints:A:Samples:Baseline=10", "Endpoints:B:Path=/b",
        ];
        var values = rows.Concat(settings.Select(setting => "Experiments:" + setting))
            .Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]));
        return new SettingsReader(
            new ConfigurationView(new ConfigurationBuilder().AddInMemoryCollection(values).Build()), report).Read();
    }
}
