using System.Text.RegularExpressions;

namespace IslGateway.UnitTests.Documentation;

/// <summary>A Markdown file of the repository, and its tables by the heading of their first column.</summary>
internal sealed partial class Page
{
    private static readonly string[] NotOurs = [".git", "bin", "obj", "node_modules"];

    private Page(string path)
    {
        Path = System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
        Lines = File.ReadAllLines(path);
    }

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(path => new Page(path))
            .Where(page => !page.Path.Split('/').Intersect(NotOurs).Any())
            .OrderBy(page => page.Path, StringComparer.Ordinal),
    ];

    public static Page Readme { get; } = Of("README.md");

    public static Page Reference { get; } = Of("deploy/REFERENCE.md");

    /// <summary>Path below the repository's folder.</summary>
    public string Path { get; }

    public IReadOnlyList<string> Lines { get; }

    public string Text => string.Join('\n', Lines);

    /// <summary>What stands between single backticks.</summary>
    public IEnumerable<string> Quoted => Backticks().Matches(Text).Select(match => match.Groups[1].Value);

    /// <summary>Where its links to files of the repository lead, as paths below the repository's folder.</summary>
    public IEnumerable<string> Links => RelativeLinks().Matches(Text)
        .Select(match => match.Groups[1].Value.Split('#')[0])
        .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
        .Select(target => System.IO.Path.Combine(Repository.Root, System.IO.Path.GetDirectoryName(Path)!, target));

    /// <summary>Fails unless a table holds exactly these rows, and prints the rows to paste.</summary>
    public void HasTable(string firstHeading, IReadOnlyList<string[]> expected)
    {
        var actual = Table(firstHeading).Select(Row).ToArray();
        var wanted = expected.Select(Row).ToArray();
        Assert.True(
            wanted.SequenceEqual(actual),
            $"""
            {Path} differs from the code in the table '{firstHeading}'.
            Not in the code: {string.Join("", actual.Except(wanted).Select(row => "\n" + row))}
            Not in {Path}: {string.Join("", wanted.Except(actual).Select(row => "\n" + row))}
            The whole table should be:
            {string.Join('\n', wanted)}
            """);
    }

    /// <summary>The rows of a table, each as its cells.</summary>
    public IReadOnlyList<string[]> Rows(string firstHeading) => [.. Table(firstHeading)];

    public override string ToString() => Path;

    private static Page Of(string path) => All.Single(page => page.Path == path);

    private IEnumerable<string[]> Table(string firstHeading)
    {
        var start = Lines.ToList().FindIndex(line => line.StartsWith('|') && Cells(line)[0] == firstHeading);
        Assert.True(start >= 0, $"{Path} has no table whose first column is '{firstHeading}'.");
        return Lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells);
    }

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];

    [GeneratedRegex(@"(?<!`)`([^`\n]+)`(?!`)")]
    private static partial Regex Backticks();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex RelativeLinks();
}
