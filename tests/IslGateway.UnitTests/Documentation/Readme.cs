namespace IslGateway.UnitTests.Documentation;

/// <summary>The repository's README, and its tables by the heading of their first column.</summary>
internal static class Readme
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Root, "README.md"));

    /// <summary>The repository's folder: the nearest one above the tests that holds the solution.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "IslGateway.sln")))
            {
                folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
            }

            return folder.FullName;
        }
    }

    public static string Text => string.Join('\n', Lines);

    /// <summary>The rows of a table, each as its cells.</summary>
    public static IReadOnlyList<string[]> Table(string firstHeading)
    {
        var start = Array.FindIndex(Lines, line => line.StartsWith('|') && Cells(line)[0] == firstHeading);
        Assert.True(start >= 0, $"README.md has no table whose first column is '{firstHeading}'.");
        return [.. Lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells)];
    }

    /// <summary>Fails unless a table holds exactly these rows, and prints the rows to paste.</summary>
    public static void HasTable(string firstHeading, IReadOnlyList<string[]> expected)
    {
        var actual = Table(firstHeading).Select(Row).ToArray();
        var wanted = expected.Select(Row).ToArray();
        Assert.True(
            wanted.SequenceEqual(actual),
            $"""
            README.md differs from the code in the table '{firstHeading}'.
            Not in the code: {string.Join("", actual.Except(wanted).Select(row => "\n" + row))}
            Not in README.md: {string.Join("", wanted.Except(actual).Select(row => "\n" + row))}
            The whole table should be:
            {string.Join('\n', wanted)}
            """);
    }

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
}
