using System.Reflection;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Settings;

namespace IslGateway.UnitTests.Documentation;

/// <summary>What the README says of settings, endpoints, reasons, metrics and folders is what the code has.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Settings_InTheReadme_AreTheCodesWithTheirDefaults() =>
        Readme.HasTable("setting", [.. SettingRows.All().Select(row =>
            new[] { $"`{row.Key}`", row.Default, Written("setting", row.Key, 2) })]);

    [Fact]
    public void EndpointFields_InTheReadme_AreTheCodes() =>
        Readme.HasTable("field", [.. SettingRows.EndpointFields().Select(name => new[] { $"`{name}`", Written("field", name, 1) })]);

    [Fact]
    public void Endpoints_InTheReadme_AreTheShippedOnes()
    {
        var table = EndpointTable.Compile(new SettingsLoader(Given.OverShipped(), isDevelopment: true, EndpointRules.Check).Load());
        Readme.HasTable("endpoint", [.. table.Rows.OrderByDescending(row => row.IsCacheable).Select(row => new[]
        {
            $"`{row.Name}`",
            $"`{row.Path}`",
            row.Cache.ToString(),
            row.IsCacheable ? DurationText.Format(row.Lifetime.Ttl) : "–",
            row.IsCacheable ? row.KeyOrder.ToString() : "–",
            DurationText.Format(row.Timeout),
        })]);
    }

    [Fact]
    public void UncachedEndpoints_InTheReadme_AreAllAccountedFor()
    {
        var table = EndpointTable.Compile(new SettingsLoader(Given.OverShipped(), isDevelopment: true, EndpointRules.Check).Load());
        Readme.HasTable("never stored", [.. table.Rows
            .Where(row => !row.IsCacheable && row.Path.StartsWith("/api/", StringComparison.Ordinal))
            .Select(row => new[] { $"`{row.Name}`", Written("never stored", $"{row.Name}", 1) })]);
    }

    [Fact]
    public void Reasons_InTheReadme_AreTheCodes() =>
        Readme.HasTable("reason", [.. Enum.GetValues<Reason>().Zip(ReasonWords.All).Select(pair =>
            new[] { $"`{pair.Second}`", DocComments.OfField(typeof(Reason), pair.First.ToString()) })]);

    [Fact]
    public void Metrics_InTheReadme_AreTheCodes() =>
        Readme.HasTable("metric", [.. typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field =>
            new[] { $"`{field.GetRawConstantValue()}`", DocComments.OfField(typeof(MetricNames), field.Name) })]);

    [Fact]
    public void Layout_InTheReadme_NamesEveryFolderOfTheGateway()
    {
        string[] unnamed = ["bin", "obj", "Properties"];
        var folders = new DirectoryInfo(Path.Combine(Readme.Root, "src", "IslGateway")).GetDirectories().Select(folder => folder.Name);
        var missing = folders.Except(unnamed).Where(folder => !Readme.Text.Contains($"\n  {folder}/ ", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    /// <summary>A meaning is prose: what the README has for the key, so that the rows to paste keep it; it must only be there.</summary>
    private static string Written(string table, string key, int column) =>
        Readme.Table(table).FirstOrDefault(cells => cells[0] == $"`{key}`")?.ElementAtOrDefault(column) is { Length: > 1 } meaning
            ? meaning
            : $"(say what {key} means)";
}
