using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests.Documentation;

/// <summary>What the README and the pages beside the code say is there.</summary>
public sealed partial class ReadmeTests
{
    private const int LongestReadme = 180;

    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    /// <summary>It is for someone who has five minutes.</summary>
    [Fact]
    public void Readme_Always_IsShort() => Assert.InRange(Page.Readme.Lines.Count, 100, LongestReadme);

    [Fact]
    public void Layout_InTheReadme_NamesEveryFolderOfTheGateway()
    {
        string[] unnamed = ["bin", "obj", "Properties"];
        var root = new DirectoryInfo(Path.Combine(Repository.Root, "src", "IslGateway"));
        var folders = root.GetDirectories().Where(folder => !unnamed.Contains(folder.Name))
            .SelectMany(folder => folder.GetDirectories().Prepend(folder));
        var names = folders.Select(folder => folder.Name);
        var missing = names.Where(name => !Page.Readme.Text.Contains($" {name}/ ", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    /// <summary>What is promised for the time of trouble is held by a test that is there.</summary>
    [Fact]
    public void Trouble_InTheReadme_NamesItsTests()
    {
        var there = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
        Assert.All(Page.Readme.Rows("trouble"), row =>
        {
            var named = TestClass().Matches(row[2]).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(named);
            Assert.All(named, name => Assert.Contains(name, there));
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Link_OnAnyPage_LeadsToAFile(string path)
    {
        var dead = Of(path).Links.Where(target => !File.Exists(target) && !Directory.Exists(target));
        Assert.Empty(dead);
    }

    /// <summary>What looks like a setting, a metric or a reason is one.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Name_OnAnyPage_IsOneOfTheCodes(string path)
    {
        var settings = SettingRows.All().Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
        var sections = settings.Select(key => key.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var metrics = MetricRows.All().Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        var wrong = Of(path).Quoted.Where(quoted =>
            (Setting().Match(quoted) is { Success: true } setting
                && sections.Contains(setting.Groups[2].Value) && !settings.Contains(setting.Groups[1].Value))
            || (Metric().Match(quoted) is { Success: true } metric && !metrics.Contains(metric.Value))
            || (Detail().Match(quoted) is { Success: true } detail && !ReasonWords.All.Contains(detail.Groups[1].Value)));
        Assert.Empty(wrong);
    }

    private static Page Of(string path) => Page.All.Single(page => page.Path == path);

    /// <summary>1: its key; 2: its section.</summary>
    [GeneratedRegex("^(([A-Z][A-Za-z]+):[A-Z][A-Za-z:]+)(=.*)?$")]
    private static partial Regex Setting();

    [GeneratedRegex("`([A-Z][A-Za-z0-9]+)`")]
    private static partial Regex TestClass();

    [GeneratedRegex("^(plot_isl|isl_gateway)_[a-z_]*[a-z]$")]
    private static partial Regex Metric();

    [GeneratedRegex("detail=([a-z][a-z-]*)")]
    private static partial Regex Detail();
}
