using System.Text.RegularExpressions;

namespace IslGateway.UnitTests;

/// <summary>A file of the service's source, as the conventions look at it.</summary>
internal sealed partial class SourceFile
{
    private const int LongText = 100;

    private SourceFile(string root, string path)
    {
        Path = System.IO.Path.GetRelativePath(root, path).Replace('\\', '/');
        Lines = File.ReadAllLines(path);
        Code = Comments().Replace(Strings().Replace(string.Join('\n', Lines), "\"\""), "");
        BreakableLines = Strings().Replace(string.Join('\n', Lines), WithoutLongText).Split('\n');
    }

    /// <summary>Every C# file of <c>src/IslGateway</c>.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = In("src/IslGateway");

    /// <summary>Path below the folder that was read.</summary>
    public string Path { get; }

    public string[] Lines { get; }

    /// <summary>The lines without strings that fill most of a line by themselves, and so cannot always be kept within one.</summary>
    public string[] BreakableLines { get; }

    /// <summary>The text without comments and string contents.</summary>
    public string Code { get; }

    /// <summary>Path of the folder, empty for the root.</summary>
    public string Folder => Path.LastIndexOf('/') is var slash and >= 0 ? Path[..slash] : "";

    /// <summary>The one top-level type, which names the file.</summary>
    public string Type => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Every name of ours or of a package that the code names in a <c>using</c> or in full.</summary>
    public bool Names(string name) => Regex.IsMatch(Code, $@"(?<![\w.]){Regex.Escape(name)}(?![\w])");

    public override string ToString() => Path;

    private static string WithoutLongText(Match text) =>
        text.Length < LongText ? text.Value : "\"\"" + new string('\n', text.ValueSpan.Count('\n'));

    /// <summary>Every C# file below a folder of the repository.</summary>
    public static IReadOnlyList<SourceFile> In(string folder)
    {
        var root = System.IO.Path.Combine(Repository.Root, folder);
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => new SourceFile(root, path))
            .Where(file => !file.Folder.Split('/').Any(part => part is "bin" or "obj"))
            .OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    [GeneratedRegex("""
        "{3,}[\s\S]*?"{3,}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Strings();

    [GeneratedRegex(@"//[^\n]*|/\*[\s\S]*?\*/")]
    private static partial Regex Comments();
}
