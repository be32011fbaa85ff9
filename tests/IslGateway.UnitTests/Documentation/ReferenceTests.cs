using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using IslGateway.Commands;
using IslGateway.Edge;
using IslGateway.Outcomes;
using IslGateway.Settings.Reading;
using IslGateway.Telemetry;
using Microsoft.Extensions.Configuration;

namespace IslGateway.UnitTests.Documentation;

/// <summary>
/// The tables of <c>deploy/REFERENCE.md</c> are the code's: names, defaults and, for what they mean, its doc comments, the metrics' help
/// and the comments in the endpoint table. A test that fails prints the rows to paste.
/// </summary>
public sealed partial class ReferenceTests
{
    /// <summary>One for each way in which the cache can take part, as it is written.</summary>
    private static readonly CacheOutcome[] Outcomes =
    [
        new(CacheDisposition.Hit, Reason.Memory, 3513),
        new(CacheDisposition.Hit, Reason.Stale, -120),
        new(CacheDisposition.Stale, Reason.Stale, -120, 503),
        new(CacheDisposition.Stored),
        new(CacheDisposition.Collapsed),
        new(CacheDisposition.Miss, Reason.NeverStore),
        new(CacheDisposition.Refreshed),
        CacheOutcome.Bypass(Reason.EndpointNotCached),
        CacheOutcome.Answered(Reason.BodyTooLarge),
    ];

    [Fact]
    public void CacheStatus_InTheReference_IsWhatTheCodeWrites()
    {
        Assert.Equal(Enum.GetValues<CacheDisposition>(), Outcomes.Select(outcome => outcome.Disposition).Distinct().Order());
        Page.Reference.HasTable("`Cache-Status`", [.. Outcomes.Select(outcome => new[]
        {
            $"`{outcome}`", DocComments.OfField(typeof(CacheDisposition), outcome.Disposition.ToString()),
        })]);
    }

    [Fact]
    public void Reasons_InTheReference_AreTheCodes() =>
        Page.Reference.HasTable("reason", [.. Enum.GetValues<Reason>().Zip(ReasonWords.All).Select(pair =>
            new[] { $"`{pair.Second}`", DocComments.OfField(typeof(Reason), pair.First.ToString()) })]);

    [Fact]
    public void Settings_InTheReference_AreTheCodes() =>
        Page.Reference.HasTable(
            "setting", [.. SettingRows.All().Select(row => new[] { $"`{row.Key}`", row.Default, row.Reloads, row.Meaning })]);

    /// <summary>Every command is there, and every option that its row names.</summary>
    [Fact]
    public void Commands_InTheReference_AreTheCodes()
    {
        var commands = typeof(CommandLine).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(CommandLine).Namespace)
            .Select(type => type.GetMethod("Create", BindingFlags.Public | BindingFlags.Static, []))
            .Where(create => create?.ReturnType == typeof(Command))
            .Select(create => (Command)create!.Invoke(null, null)!)
            .ToDictionary(command => command.Name);
        var rows = Page.Reference.Rows("command");
        Assert.Equal(
            commands.Keys.Order(StringComparer.Ordinal), rows.Select(row => NameOf(row[0])).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.All(
            Option().Matches(string.Join(' ', row)).Select(match => match.Value),
            option => Assert.Contains(option, commands[NameOf(row[0])].Options.Select(each => each.Name))));

        static string NameOf(string cell) => CommandName().Match(cell).Groups[1].Value;
    }

    [Fact]
    public void Listeners_InTheReference_AreTheCodes()
    {
        var defaults = new ConfigurationBuilder().AddDefaultListeners().Build();
        string[] listeners = [Listeners.Gateway, Listeners.Management, Listeners.GatewayH2c];
        Page.Reference.HasTable("listener", [.. listeners.Select(name => new[]
        {
            $"`{Listeners.UrlKey(name)}`",
            defaults[Listeners.UrlKey(name)] is { } url ? $"`{url}`" : "off",
            DocComments.OfField(typeof(Listeners), name),
        })]);
    }

    [Fact]
    public void Endpoints_InTheReference_AreTheShippedOnes() =>
        Page.Reference.HasTable("endpoint", [.. ShippedEndpoints.Rows.OrderByDescending(row => row.IsCacheable).Select(row => new[]
        {
            $"`{row.Name}`",
            $"`{row.Path}`",
            row.Cache.ToString(),
            row.IsCacheable ? DurationText.Format(row.Lifetime.Ttl) : "–",
            row.IsCacheable ? row.KeyOrder.ToString() : "–",
            DurationText.Format(row.Timeout),
        })]);

    [Fact]
    public void UncachedEndpoints_InTheReference_AreAllAccountedFor() =>
        Page.Reference.HasTable("never stored", [.. ShippedEndpoints.Rows
            .Where(row => !row.IsCacheable && row.Path.StartsWith("/api/", StringComparison.Ordinal))
            .Select(row => new[] { $"`{row.Name}`", ShippedEndpoints.CommentOf(row) })]);

    [Fact]
    public void EndpointFields_InTheReference_AreTheCodes() =>
        Page.Reference.HasTable(
            "field", [.. SettingRows.EndpointFields().Select(row => new[] { $"`{row.Name}`", row.Reloads, row.Meaning })]);

    [Fact]
    public void ExperimentFields_InTheReference_AreTheCodes() =>
        Page.Reference.HasTable(
            "experiment field",
            [.. SettingRows.ExperimentFields().Select(row => new[] { $"`{row.Name}`", row.Reloads, row.Meaning })]);

    [Fact]
    public void Purposes_InTheReference_AreTheCodes() =>
        Page.Reference.HasTable("purpose", [.. Enum.GetValues<CallPurpose>().Select(purpose => new[]
        {
            $"`{EndpointCalls.WordOf(purpose)}`", DocComments.OfField(typeof(CallPurpose), purpose.ToString()),
        })]);

    [Fact]
    public void Metrics_InTheReference_AreTheCodes()
    {
        var rows = MetricRows.All();
        var names = typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(names.Order(StringComparer.Ordinal), rows.Select(row => row.Name).Order(StringComparer.Ordinal));
        Page.Reference.HasTable("metric", [.. rows.Select(row => new[] { $"`{row.Name}`", row.Labels, row.Help })]);
    }

    [GeneratedRegex("`islgateway ([a-z-]+)")]
    private static partial Regex CommandName();

    [GeneratedRegex("--[a-z][a-z-]*")]
    private static partial Regex Option();
}
