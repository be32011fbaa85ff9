using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests;

/// <summary>What the folder tree promises to someone who reads it for the first time.</summary>
public sealed partial class ConventionTests
{
    private const int LongestFile = 300;
    private const int LongestLine = 140;

    /// <summary>
    /// The folders from the top to the bottom: the code of each may name those that stand below it, and no other. The empty name is the
    /// root, where the gateway is put together. A line that moves is a decision about the architecture.
    /// </summary>
    private static readonly string[] Rooms =
    [
        "", "Commands", "Commands/CacheSimulation", "Commands/Demo",
        "Operations", "Operations/Api", "Operations/Explain", "Operations/Audit", "Operations/Health", "Operations/Page",
        "Workflows/Compare", "Workflows/Rollover", "Workflows/Warming", "Workflows/Batch", "Workflows/Inner", "Workflows/Sentinel",
        "Workflows/Kept", "Workflows/Experiments", "Workflows/Precision", "Edge",
        "Caching", "Caching/Purging", "Caching/Sessions", "Caching/Filling", "Caching/Tiers", "Caching/Answers", "Caching/Credentials",
        "Caching/Samples", "Caching/Validation", "Caching/Epochs", "Caching/Keys",
        "Upstream/Forwarding", "Upstream/Resilience", "Upstream", "Redis", "Redis/Sealing",
        "Content", "Endpoints", "Outcomes", "Telemetry/KeyLogging", "Telemetry", "Settings", "Settings/Reading",
    ];

    /// <summary>
    /// One request's context is the one thing that its whole journey shares: all rooms of the cache know it and what it carries.
    /// </summary>
    private static readonly string[] Context = ["CacheContext", "CacheTicket"];

    /// <summary>Which folders know a package, and the files that need one type of it all the same.</summary>
    private static readonly (string Package, string Folder, string[] Exceptions)[] Packages =
    [
        // They hold labelled children, resolved once, of families that Telemetry makes.
        ("Prometheus", "Telemetry", ["Caching/Tiers/MemoryStore.cs", "Redis/RedisTroubles.cs"]),
        ("OpenTelemetry", "Telemetry", []),
        ("StackExchange", "Redis", []),

        ("Yarp", "Upstream/Forwarding", []),

        ("IReverseProxyApplicationBuilder", "Upstream/Forwarding", []),
        ("Polly", "Upstream/Resilience", []),
        ("Json.Schema", "Caching/Validation", []),
        ("Json.Pointer", "Caching/Validation", []),
        ("System.CommandLine", "Commands", []),
        ("IslSimulator", "Upstream/Forwarding", ["Commands/SimulateCommand.cs"]),
    ];

    private static readonly string[] PublicTypes = [];

    public static TheoryData<string> RoomNames => [.. Rooms];

    public static TheoryData<string> PackageNames => [.. Packages.Select(package => package.Package)];

    [Fact]
    public void Source_Always_IsFound() => Assert.InRange(SourceFile.All.Count, 100, 1_000);

    [Fact]
    public void Folders_Always_HaveALineInTheTable() =>
        Assert.Equal(
            Rooms.Order(StringComparer.Ordinal), SourceFile.All.Select(file => file.Folder).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void Folder_ItsCode_NamesOnlyWhatStandsBelowIt(string room)
    {
        var above = Rooms.TakeWhile(other => other != room).ToHashSet();
        var wrong =
            from file in SourceFile.All
            where file.Folder == room
            from other in NamedBy(file)
            where above.Contains(other.Folder)
                && !(other.Folder == "Caching" && room.StartsWith("Caching/", StringComparison.Ordinal) && Context.Contains(other.Type))
            select $"{file} names {other}";

        Assert.Empty(wrong.Distinct());
    }

    [Theory]
    [MemberData(nameof(PackageNames))]
    public void Package_Always_IsKnownToOneFolder(string package)
    {
        var (_, folder, exceptions) = Packages.Single(line => line.Package == package);
        var knowing = SourceFile.All.Where(file => file.Names(package) && !IsIn(file, folder)).Select(file => file.Path);

        // An exception that is no longer one has to go too.
        Assert.Equal(exceptions.Order(StringComparer.Ordinal), knowing);
    }

    [Fact]
    public void Namespace_Always_IsTheFolder()
    {
        var wrong = SourceFile.All.Where(file => Declared().Match(file.Code).Groups["name"].Value != NamespaceOf(file));
        Assert.Empty(wrong.Select(file => file.Path));
    }

    [Fact]
    public void File_Always_HoldsOneTopLevelTypeThatNamesIt()
    {
        var wrong =
            from file in SourceFile.All
            let types = TopLevel().Matches(file.Code).Select(type => type.Groups["name"].Value).ToList()
            where types is not [var only] || only != Path.GetFileNameWithoutExtension(file.Path)
            select $"{file}: {string.Join(", ", types)}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void File_Always_IsShort() =>
        Assert.Empty(SourceFile.All.Where(file => file.Lines.Length > LongestFile).Select(file => $"{file}: {file.Lines.Length} lines"));

    [Fact]
    public void Type_Always_IsInternal() =>
        Assert.Equal(PublicTypes, typeof(Reason).Assembly.GetExportedTypes().Select(type => type.FullName).Order(StringComparer.Ordinal));

    [Fact]
    public void Class_NotDerivedFrom_IsSealedOrStatic()
    {
        var types = typeof(Reason).Assembly.GetTypes().Where(IsOurs).ToList();
        var open = types.Where(
            type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !types.Exists(other => other.BaseType == type));
        Assert.Empty(open.Select(type => type.FullName));
    }

    [Fact]
    public void Folder_Always_SaysWhatItIsFor()
    {
        string[] drawers = ["Helpers", "Common", "Services", "Utils", "Extensions", "Utilities", "Misc", "Shared", "Core"];
        var found = SourceFile.All.SelectMany(file => file.Folder.Split('/')).Distinct();
        Assert.Empty(found.Intersect(drawers, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Lines_Always_ArePlain() =>
        Assert.Empty(
            from file in SourceFile.All
            from line in file.Lines
            where line.Contains("#region", StringComparison.Ordinal) || line.Contains("#pragma", StringComparison.Ordinal)
            select $"{file}: {line.Trim()}");

    [Fact]
    public void Lines_Always_AreWithin140Columns() =>
        Assert.Empty(
            from file in SourceFile.All.Concat(SourceFile.In("src/IslSimulator")).Concat(SourceFile.In("tests"))
            from line in file.BreakableLines
            where line.Length > LongestLine
            select $"{file}: {line.Trim()}");

    /// <summary>Text outside its element is shown by no tool: an exception without its tag, say.</summary>
    [Fact]
    public void DocComments_Always_StandWithinElements() =>
        Assert.Empty(
            from file in SourceFile.All.Concat(SourceFile.In("src/IslSimulator")).Concat(SourceFile.In("tests"))
            from pair in file.Lines.Select(line => line.Trim()).Prepend("").Zip(file.Lines.Select(line => line.Trim()))
            where BeginsDoc().IsMatch(pair.Second)
                && (!pair.First.StartsWith("///", StringComparison.Ordinal) || EndsElement().IsMatch(pair.First))
            select $"{file}: {pair.Second}");

    /// <summary>
    /// The files whose types a file's code can see, by its <c>using</c> lines or as a folder within theirs, and names. A type is taken for
    /// named where its name stands as a word of its own that is no member's.
    /// </summary>
    private static IEnumerable<SourceFile> NamedBy(SourceFile file)
    {
        var words = Words().Matches(file.Code).Select(word => word.Value).ToHashSet(StringComparer.Ordinal);
        var seen = Usings().Matches(file.Code).Select(line => line.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        return SourceFile.All.Where(other => other != file && words.Contains(other.Type)
            && (seen.Contains(NamespaceOf(other)) || IsIn(file, other.Folder) || QualifiedBy(file, other)));
    }

    private static bool QualifiedBy(SourceFile file, SourceFile other) =>
        other.Folder.Length > 0 && Regex.IsMatch(file.Code, $@"(?<!\w){Regex.Escape(other.Folder.Replace('/', '.'))}\.{other.Type}\b");

    private static string NamespaceOf(SourceFile file) =>
        file.Folder.Length == 0 ? "IslGateway" : "IslGateway." + file.Folder.Replace('/', '.');

    private static bool IsIn(SourceFile file, string folder) =>
        folder.Length == 0 || file.Folder == folder || file.Folder.StartsWith(folder + "/", StringComparison.Ordinal);

    private static bool IsOurs(Type type) =>
        type.Namespace?.StartsWith("IslGateway", StringComparison.Ordinal) == true
            && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null;

    [GeneratedRegex("^/// *[^ <]")]
    private static partial Regex BeginsDoc();

    [GeneratedRegex("</(summary|remarks|returns|param|typeparam|exception)>$")]
    private static partial Regex EndsElement();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);$", RegexOptions.Multiline)]
    private static partial Regex Declared();

    [GeneratedRegex(@"^using (?:static )?(?<name>IslGateway[\w.]*);$", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"(?<![.\w])[A-Z]\w*(?!\w)")]
    private static partial Regex Words();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|delegate [\w<>\[\]?]+|record(?: struct| class)?) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevel();
}
