using System.Text.RegularExpressions;
using IslGateway.Caching.Tiers;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Documentation;

/// <summary>What the pages in <c>deploy/runbook</c> say that can be held to the code.</summary>
public sealed partial class RunbookTests
{
    private static IEnumerable<Page> Pages => Page.All.Where(page => page.Path.StartsWith("deploy/runbook/", StringComparison.Ordinal));

    public static TheoryData<string> Paths => [.. Pages.Select(page => page.Path)];

    [Fact]
    public void Pages_Always_AreLinkedFromTheRunbook()
    {
        var start = Page.All.Single(page => page.Path == "deploy/README.md");
        Assert.Equal(
            Pages.Select(page => Path.GetFullPath(Path.Combine(Repository.Root, page.Path))),
            start.Links.Select(Path.GetFullPath).Where(link => link.Contains("runbook", StringComparison.Ordinal))
                .Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Whoever goes back and forth between releases learns whether the cache comes along.</summary>
    [Fact]
    public void Upgrade_ThisRelease_HasALineWithItsFormats()
    {
        var props = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        var release = Version().Match(props).Groups[1].Value;
        var names = new RedisNames(new SettingsMonitor(
            new SettingsLoader(Given.Configuration(), isDevelopment: true, EndpointRules.Check),
            NullLogger<SettingsMonitor>.Instance));
        var format = names.Epochs.Split(':')[1];

        var lines = Page.All.Single(page => page.Path == "deploy/runbook/upgrade.md").Lines;
        Assert.Contains(lines, line => line.StartsWith($"| {release} | `{format}` | {AnswerEnvelope.Version} |", StringComparison.Ordinal));
    }

    /// <summary>Settings as the environment has them; <see cref="ReadmeTests"/> looks at those with colons.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void EnvironmentName_OnAPage_IsASetting(string path)
    {
        var known = SettingRows.All().Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
        var text = Pages.Single(page => page.Path == path).Text;
        var wrong = Names().Matches(text).Select(match => match.Value.Replace("__", ":", StringComparison.Ordinal)).Distinct()
            .Where(key => !known.Contains(key) && !IsKestrels(key) && !IsARows(key));
        Assert.Empty(wrong);
    }

    /// <summary>The capacity page says how long an entry lives as shipped.</summary>
    [Fact]
    public void Capacity_LifeOfAnEntry_IsTheShippedOne()
    {
        var cache = new CacheOptions();
        Assert.Contains(
            $"{DurationText.Format(cache.DefaultTtl + cache.StaleTtl).Replace("h", " h", StringComparison.Ordinal)} as shipped",
            Page.All.Single(page => page.Path == "deploy/runbook/redis.md").Text, StringComparison.Ordinal);
    }

    /// <summary>Listeners of any name have an address and a certificate.</summary>
    private static bool IsKestrels(string key) => key.Split(':') is ["Kestrel", "Endpoints", _, "Url"]
        or ["Kestrel", "Endpoints", _, "Certificate", "Path" or "KeyPath"];

    private static bool IsARows(string key) => key.Split(':') is ["Endpoints", var name, var field]
        && (name == "NAME" || ShippedEndpoints.Rows.Any(row => row.Name == name))
        && SettingRows.EndpointFields().Any(row => row.Name == field);

    [GeneratedRegex("<Version>(.+)</Version>")]
    private static partial Regex Version();

    [GeneratedRegex(@"\b[A-Z]\w*?(__[A-Z][A-Za-z]*)+")]
    private static partial Regex Names();
}
