using System.Text.RegularExpressions;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.UnitTests.Settings;

namespace IslGateway.UnitTests.Documentation;

/// <summary>The endpoint rows that ship, and the comment that stands before one in their file.</summary>
internal static partial class ShippedEndpoints
{
    public static IReadOnlyList<EndpointRow> Rows { get; } =
        [.. EndpointTable.Compile(new SettingsLoader(Given.OverShipped(), isDevelopment: true, EndpointRules.Check).Load()).Rows];

    private static readonly Dictionary<string, string> Comments = CommentsBefore()
        .Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "IslGateway", "Endpoints", "endpoints.json")))
        .ToDictionary(match => match.Groups["row"].Value, match => match.Groups["comment"].Value);

    public static string CommentOf(EndpointRow row) =>
        Comments.GetValueOrDefault(row.Name) ?? $"(say in endpoints.json, in a comment before {row.Name}, why it is never stored)";

    [GeneratedRegex("""// (?<comment>[^\n]+)\n\s*"(?<row>\w+)": \{""")]
    private static partial Regex CommentsBefore();
}
