using System.Text.Json;
using System.Text.RegularExpressions;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>One stage of the Dockerfile, with what it takes over from the one that it begins with.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lines">Its instructions, each with its word in capitals and on one line.</param>
internal sealed partial record Stage(string Name, IReadOnlyList<(string Word, string Said)> Lines)
{
    private static readonly Dictionary<string, Stage> Stages = Read();

    public static IReadOnlyCollection<Stage> All => Stages.Values;

    /// <summary>What is built unless a target is named.</summary>
    public static Stage Default => Stages.Values.Last();

    public string User => Last("USER");

    public IReadOnlyList<string> EntryPoint => JsonSerializer.Deserialize<string[]>(Last("ENTRYPOINT"))!;

    public IReadOnlyList<int> Exposed => [.. Rest("EXPOSE").SelectMany(ports => ports.Split(' ')).Select(int.Parse)];

    public IReadOnlyDictionary<string, string> Environment => Rest("ENV").SelectMany(line => line.Split(' '))
        .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The command of its health check.</summary>
    public IReadOnlyList<string> HealthCheck =>
        JsonSerializer.Deserialize<string[]>(Last("HEALTHCHECK").Split(" CMD ", 2)[1])!;

    /// <summary>What it copies from the repository.</summary>
    public IEnumerable<string> Copied => Rest("COPY").Where(files => !files.StartsWith("--from=", StringComparison.Ordinal))
        .SelectMany(files => files.Split(' ')[..^1]);

    public static Stage Of(string name) => Stages[name];

    private string Last(string word) => Rest(word).Last();

    private IEnumerable<string> Rest(string word) => Lines.Where(line => line.Word == word).Select(line => line.Said);

    private static Dictionary<string, Stage> Read()
    {
        var text = string.Join('\n', File.ReadLines(Checkout.PathOf("Dockerfile")).Where(line => !line.StartsWith('#')));
        var stages = new Dictionary<string, Stage>(StringComparer.Ordinal);
        foreach (var line in Continuation().Replace(text, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (word, rest) = (line.Split(' ')[0], line[line.IndexOf(' ', StringComparison.Ordinal)..].Trim());
            if (word == "FROM")
            {
                var (image, name) = rest.Split(" AS ") is [var from, var named] ? (from, named) : (rest, "");
                stages.Add(name, new Stage(name, stages.TryGetValue(image, out var first) ? first.Lines : []));
            }
            else
            {
                var (name, stage) = stages.Last();
                stages[name] = stage with { Lines = [.. stage.Lines, (word, rest)] };
            }
        }

        return stages;
    }

    [GeneratedRegex(@"\s*\\\n\s*")]
    private static partial Regex Continuation();
}
