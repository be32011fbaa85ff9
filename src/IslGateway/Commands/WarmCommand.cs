using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslGateway.Commands;

/// <summary>Has a running gateway warm its cache with a list of requests.</summary>
internal static class WarmCommand
{
    public const string Notes = """
        Examples:
          islgateway warm requests.ndjson
          jq -c '.[]' requests.json | islgateway warm -
          islgateway warm requests.ndjson --json

        Exit codes: 0 all of the list is stored now; 1 not all, or the gateway cannot be reached; 2 no such file, or a wrong command line.
        """;

    private const string Call = "api/cache/warm";

    private static readonly Argument<string> List = new("FILE")
    {
        Description = "Requests, one {\"path\":…,\"body\":…} a line; - reads them from standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "What the gateway says of each line, as JSON lines." };

    public static Command Create() =>
        new("warm", "Has a running gateway ask ISL a list of requests before callers do, within its Warming settings.")
        {
            List, Json, ManagementClient.Url, ManagementClient.Key,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        using var gateway = ManagementClient.Of(given, settings);
        var file = given.GetValue(List)
            ?? throw new CommandFailure(
                ExitCodes.Misused, "Say what to warm the cache with: a FILE of requests, or - for standard input.");
        try
        {
            var progress = new WarmProgress(await TotalAsync(file, cancellationToken), given.GetValue(Json));
            await using var list = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            return await SendAsync(list, progress, gateway, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCodes.Misused, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            throw new CommandFailure(ExitCodes.Failed, $"The answer from {gateway.Address} broke off: {e.Message}");
        }
    }

    private static async Task<long?> TotalAsync(string file, CancellationToken cancellationToken)
    {
        if (file == "-") return null;
        await using var list = File.OpenRead(file);
        return list.CanSeek ? await WarmSlices.CountAsync(list, cancellationToken) : null;
    }

    private static async Task<int> SendAsync(
        Stream list, WarmProgress progress, ManagementClient gateway, CancellationToken cancellationToken)
    {
        await foreach (var (text, before) in WarmSlices.ReadAsync(list, cancellationToken))
        {
            using var response = await gateway.StreamAsync(HttpMethod.Post, Call, new ReadOnlyMemoryContent(text), cancellationToken);
            using var answer = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
            while (await answer.ReadLineAsync(cancellationToken) is { } line) progress.Take(JsonNode.Parse(line)!.AsObject(), before);
            if (!progress.IsDone) throw new CommandFailure(ExitCodes.Failed, "The gateway ended the warming: its log says why.");
            if (progress.Stopped is not null) break;
        }

        progress.End();
        return progress.IsWhole ? ExitCodes.Fine : ExitCodes.Failed;
    }
}
