using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests;

/// <summary>What the folder tree promises to someone who reads it for the first time.</summary>
public sealed partial class ConventionTests
{
    private const int LongestFile = 300;

    /// <summary>
    /// What the code of each folder may name, itself excepted: one way, from the request's entrance to the settings. The empty name is the
    /// root, where the gateway is put together. A new line here is a decision about the architecture.
    /// </summary>
    private static readonly Dictionary<string, string[]> MayName = new()
    {
        [""] = ["Commands", "Edge", "Operations", "Forwarding", "Workflows", "Caching", "Endpoints", "Telemetry", "Settings"],
        ["Commands"] = ["Edge", "Operations", "Forwarding", "Caching", "Settings"],
        ["Operations"] = ["Edge", "Caching", "Resilience", "Journey", "Endpoints", "Telemetry", "Settings"],
        ["Edge"] = ["Caching", "Journey", "Endpoints", "Content", "Telemetry", "Settings"],
        ["Forwarding"] = ["Resilience", "Caching", "Journey", "Endpoints", "Content", "Telemetry", "Settings"],
        ["Workflows"] = ["Caching", "Journey", "Endpoints", "Content", "Telemetry", "Settings"],

        // Circuits are bounded by the endpoint table, follow reloads of their settings, and are counted.
        ["Resilience"] = ["Caching", "Endpoints", "Telemetry", "Settings"],
        ["Caching"] = ["Journey", "Endpoints", "Content", "Telemetry", "Settings"],
        ["Journey"] = ["Endpoints", "Content", "Telemetry", "Settings"],
        ["Endpoints"] = ["Telemetry", "Settings"],
        ["Telemetry"] = ["Settings"],
        ["Content"] = [],
        ["Settings"] = [],
    };

    /// <summary>Where a folder may name another one in part only.</summary>
    private static readonly Dictionary<(string From, string To), string[]> PartsOnly = new()
    {
        [("Resilience", "Caching")] = ["IslGateway.Caching.Credentials", "IslGateway.Caching.Filling", "IslGateway.Caching.Keys"],
        [("Operations", "Edge")] = ["IslGateway.Edge"],
        [("Operations", "Caching")] = ["IslGateway.Caching.Epochs", "IslGateway.Caching.Filling", "IslGateway.Caching.Keys", "IslGateway.Caching.Purging", "IslGateway.Caching.Stores"],
        [("Edge", "Caching")] = ["IslGateway.Caching", "IslGateway.Caching.Sessions"],
    };

    /// <summary>Which folders know a package, and the files that need one type of it all the same.</summary>
    private static readonly (string Package, string Folder, string[] Exceptions)[] Packages =
    [
        // The stores hold labelled children, resolved once, of families that Telemetry makes.
        ("Prometheus", "Telemetry", ["Caching/Stores/MemoryStore.cs", "Caching/Stores/RedisTroubles.cs"]),
        ("OpenTelemetry", "Telemetry", []),
        ("StackExchange", "Caching/Stores",
        [
            "Caching/Credentials/SharedProofs.cs", "Caching/Credentials/SharedRefusals.cs", "Caching/Epochs/SharedEpochs.cs",
            "Caching/Filling/Leasing/LeaseNews.cs", "Caching/Filling/Leasing/RedisLeases.cs", "Caching/Purging/RedisGenerations.cs",
            "Caching/Sessions/RedisBeliefTokens.cs", "Caching/Sessions/RedisRaises.cs", "Caching/Sessions/RedisRoll.cs",
        ]),

        ("Yarp", "Forwarding", []),

        // Where the cache takes its place in YARP's pipeline.
        ("IReverseProxyApplicationBuilder", "Forwarding", ["Caching/CachingExtensions.cs"]),
        ("Polly", "Resilience", []),
        ("System.CommandLine", "Commands", []),
        ("IslSimulator", "Forwarding", ["Commands/SimulateCommand.cs"]),
    ];

    private static readonly string[] PublicTypes = [];

    public static TheoryData<string> Rooms => [.. MayName.Keys];

    public static TheoryData<string> PackageNames => [.. Packages.Select(package => package.Package)];

    [Fact]
    public void Source_Always_IsFound() => Assert.InRange(SourceFile.All.Count, 100, 1_000);

    [Fact]
    public void Folders_Always_HaveALineInTheTable() =>
        Assert.Empty(SourceFile.All.Select(file => file.Room).Distinct().Except(MayName.Keys));

    [Fact]
    public void MayName_Always_RunsOneWay()
    {
        // Kahn: what names nothing that is left goes, until nothing is left.
        var left = MayName.ToDictionary(room => room.Key, room => room.Value.ToHashSet());
        while (left.Where(room => !room.Value.Overlaps(left.Keys)).Select(room => room.Key).ToList() is { Count: > 0 } settled)
        {
            foreach (var room in settled) left.Remove(room);
        }

        Assert.Empty(left);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Folder_ItsCode_NamesOnlyWhatTheTableAllows(string room)
    {
        var wrong =
            from file in SourceFile.All
            where file.Room == room
            from name in NamespacesIn(file.Code)
            let other = name.Split('.') is [_, var first, ..] ? first : ""
            where other != room && other.Length > 0
            where !MayName[room].Contains(other) || (PartsOnly.TryGetValue((room, other), out var parts) && !parts.Contains(name))
            select $"{file} names {name}";

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
        var open = types.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !types.Exists(other => other.BaseType == type));
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

    private static IEnumerable<string> NamespacesIn(string code) =>
        Declared().Replace(code, "") is var body
            ? Qualified().Matches(body).Select(match => NamespacePart(match.Groups["name"].Value))
            : [];

    /// <summary>A mention without its last part where that is a type: <c>IslGateway.Caching.Epochs.Replica</c> names the folder's namespace.</summary>
    private static string NamespacePart(string mention)
    {
        var full = mention.StartsWith("IslGateway.", StringComparison.Ordinal) ? mention : "IslGateway." + mention;
        while (!Namespaces.Contains(full) && full.Contains('.', StringComparison.Ordinal)) full = full[..full.LastIndexOf('.')];
        return full;
    }

    private static readonly HashSet<string> Namespaces = [.. SourceFile.All.Select(NamespaceOf)];

    private static string NamespaceOf(SourceFile file) => file.Folder.Length == 0 ? "IslGateway" : "IslGateway." + file.Folder.Replace('/', '.');

    private static bool IsIn(SourceFile file, string folder) => file.Folder == folder || file.Folder.StartsWith(folder + "/", StringComparison.Ordinal);

    private static bool IsOurs(Type type) =>
        type.Namespace?.StartsWith("IslGateway", StringComparison.Ordinal) == true && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null;

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);$", RegexOptions.Multiline)]
    private static partial Regex Declared();

    /// <summary>In full, or from inside our own namespace by a folder's name.</summary>
    [GeneratedRegex(@"(?<![\w.])(?<name>(?:IslGateway|Commands|Operations|Edge|Forwarding|Workflows|Resilience|Caching|Journey|Telemetry|Content)(?:\.[A-Z]\w*)+)")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|delegate|record(?: struct| class)?) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevel();
}
