using System.CommandLine;

namespace IslGateway.Commands;

/// <summary>Asks a running gateway what would become of a request, or where the keys of two part.</summary>
internal static class ExplainCommand
{
    public const string Notes = """
        Examples:
          islgateway explain /api/v1/causal/validate body.json -H @key.header
          curl … | islgateway explain /api/v1/causal/validate - -H 'X-ISL-Response-Version: 2'
          islgateway explain /api/v1/causal/validate monday.json tuesday.json      where do they part?
          islgateway explain /api/v1/causal/validate body.json --other-header @other.header
          islgateway explain /health --method GET

        A file holds the body's bytes as they are sent: a compressed one needs its Content-Encoding as a header.
        A header that others must not see is read from a file: -H @FILE, a header a line.

        Exit codes: 0 it would be served from the cache, two share one key; 1 it would not, or they part, or the gateway cannot be
        reached; 2 a wrong command line.
        """;

    /// <summary>Where a body or headers are read from instead of a file.</summary>
    private const string StandardInput = "-";

    private static readonly Argument<string> Path = new("PATH") { Description = "ISL's path, with its query if it has one." };

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "The body; - reads standard input. Of two files the second is another request's body, and the two are compared.",
        Arity = new ArgumentArity(0, 2),
    };

    private static readonly Option<string[]> Headers = new("--header", "-H")
    {
        Description = "A header, as 'Name: value', or @FILE with a header a line; may be repeated.",
        HelpName = "HEADER",
    };

    private static readonly Option<string> Method = new("--method", "-X")
    {
        Description = "The method; POST unless given.",
        HelpName = "METHOD",
    };

    private static readonly Option<string> OtherPath = new("--other-path")
    {
        Description = "Compares with a request to this path instead.",
        HelpName = "PATH",
    };

    private static readonly Option<string[]> OtherHeaders = new("--other-header")
    {
        Description = "Compares with a request that has this header instead; may be repeated.",
        HelpName = "HEADER",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "The gateway's answer as it is." };

    public static Command Create() =>
        new(
            "explain",
            "Tells what a running gateway would do with a request and why, or where the keys of two requests part. Sends nothing to ISL.")
        {
            Path, Files, Headers, Method, OtherPath, OtherHeaders, ManagementClient.Url, ManagementClient.Key, Json,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        using var gateway = ManagementClient.Of(given, settings);
        var requests = await RequestsAsync(given, cancellationToken);
        using var content = JsonContent.Create(requests is [var one] ? (object)one : new { requests });

        // The gateway reads a body of announced length into one buffer.
        await content.LoadIntoBufferAsync(cancellationToken);
        var member = requests.Count == 1 ? "cache_status" : "same_key";
        var answer = await gateway.AskAsync(HttpMethod.Post, "api/cache/explain", content, member, cancellationToken);
        Console.WriteLine(given.GetValue(Json) ? answer.GetRawText() : ExplainText.Of(answer));
        var isGood = requests.Count == 1
            ? answer.GetProperty("cache_status").GetString()!.Contains("; hit", StringComparison.Ordinal)
            : answer.GetProperty("same_key").GetBoolean();
        return isGood ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static async Task<IReadOnlyList<object>> RequestsAsync(ParseResult given, CancellationToken cancellationToken)
    {
        var files = given.GetValue(Files) ?? [];
        if (files.Count(file => file == StandardInput) > 1) throw Misuse("Standard input can be read once only.");
        var bodies = new List<byte[]>();
        foreach (var file in files) bodies.Add(await ReadAsync(file, cancellationToken));
        var (path, method) = (given.GetValue(Path)!, given.GetValue(Method) ?? HttpMethods.Post);
        var headers = await HeadersAsync(given.GetValue(Headers), before: null, cancellationToken);
        var first = Request(path, method, headers, bodies.Count > 0 ? bodies[0] : []);
        if (bodies.Count < 2 && given.GetValue(OtherPath) is null && given.GetValue(OtherHeaders) is not { Length: > 0 }) return [first];
        var others = await HeadersAsync(given.GetValue(OtherHeaders), headers, cancellationToken);
        return [first, Request(given.GetValue(OtherPath) ?? path, method, others, bodies.Count > 0 ? bodies[^1] : [])];
    }

    private static object Request(string path, string method, Dictionary<string, List<string>> headers, byte[] body) =>
        new { path, method, headers, body_base64 = body };

    /// <summary>The headers, in place of those before that have the same names.</summary>
    private static async Task<Dictionary<string, List<string>>> HeadersAsync(
        string[]? given, Dictionary<string, List<string>>? before, CancellationToken cancellationToken)
    {
        var named = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in given ?? [])
        {
            var lines = entry.StartsWith('@')
                ? System.Text.Encoding.Latin1.GetString(await ReadAsync(entry[1..], cancellationToken)).Split('\n')
                : [entry];
            foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0))
            {
                // What stands behind the colon may be a credential: it is not repeated.
                if (line.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon))
                    throw Misuse("A header is written 'Name: value', or @FILE with one a line.");
                var name = line[..colon].Trim();
                if (!named.TryGetValue(name, out var values)) named[name] = values = [];
                values.Add(line[(colon + 1)..].Trim());
            }
        }

        foreach (var (name, values) in before ?? []) named.TryAdd(name, values);
        return named;
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (file != StandardInput) return await File.ReadAllBytesAsync(file, cancellationToken);
            await using var input = Console.OpenStandardInput();
            using var bytes = new MemoryStream();
            await input.CopyToAsync(bytes, cancellationToken);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Misuse($"'{file}' cannot be read: {e.Message}");
        }
    }

    private static CommandFailure Misuse(string message) => new(ExitCodes.Misused, message);
}
