using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.Edge;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>
/// Has a running gateway warm its cache with a list of requests. Address and key come from the command, from <c>ISLGATEWAY_URL</c> and
/// <c>ISLGATEWAY_KEY</c>, else from the same configuration that <c>serve</c> would read.
/// </summary>
internal static class WarmCommand
{
    private const string Call = "/api/cache/warm";
    private const int Failed = 1;
    private const int Misused = 2;

    private static readonly Argument<string> List = new("FILE")
    {
        Description = "Requests, one {\"path\":…,\"body\":…} a line; - reads them from standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "What the gateway says of each line, as JSON lines." };

    private static readonly Option<string> Url = new("--url")
    {
        Description = "The gateway's management listener. Unless given: ISLGATEWAY_URL, or where the configuration has it.",
        HelpName = "URL",
    };

    private static readonly Option<string> Key = new("--key")
    {
        Description = "One of its Management:ApiKeys. Unless given: ISLGATEWAY_KEY, or the first that the configuration has.",
        HelpName = "KEY",
    };

    public static Command Create() =>
        new("warm", "Has a running gateway ask ISL a list of requests before callers do, within its Warming settings.")
        {
            List, Json, Url, Key,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        var configuration = WebApplication
            .CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory })
            .Configuration;
        configuration.AddDefaultListeners().AddSecrets();
        var address = given.GetValue(Url) ?? Environment.GetEnvironmentVariable("ISLGATEWAY_URL")
            ?? Banner.Reachable(configuration[Listeners.UrlKey(Listeners.Management)]!);
        if (!Uri.TryCreate(address.TrimEnd('/') + Call, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return await FailAsync(Misused, $"'{address}' is no address of a management listener, such as http://localhost:8081.");
        var key = given.GetValue(Key) ?? Environment.GetEnvironmentVariable("ISLGATEWAY_KEY") ?? FirstKey(configuration);
        if (key is { Length: > 0 } && key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return await FailAsync(Misused, "The key is not visible ASCII.");

        if (given.GetValue(List) is not { } file)
            return await FailAsync(Misused, "Say what to warm the cache with: a FILE of requests, or - for standard input.");
        try
        {
            var progress = new WarmProgress(await TotalAsync(file, cancellationToken), given.GetValue(Json));
            await using var list = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            return await SendAsync(list, progress, url, key, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return await FailAsync(Misused, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            return await FailAsync(
                Failed, $"No answer from {url.GetLeftPart(UriPartial.Authority)}: {e.Message} Name the management listener with --url.");
        }
    }

    private static async Task<long?> TotalAsync(string file, CancellationToken cancellationToken)
    {
        if (file == "-") return null;
        await using var list = File.OpenRead(file);
        return list.CanSeek ? await WarmSlices.CountAsync(list, cancellationToken) : null;
    }

    private static async Task<int> SendAsync(
        Stream list, WarmProgress progress, Uri url, string? key, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        await foreach (var (text, before) in WarmSlices.ReadAsync(list, cancellationToken))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(text) };
            if (key is { Length: > 0 }) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode) return await RefusedAsync(response, cancellationToken);
            using var answer = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
            while (await answer.ReadLineAsync(cancellationToken) is { } line) progress.Take(JsonNode.Parse(line)!.AsObject(), before);
            if (!progress.IsDone) return await FailAsync(Failed, "The gateway ended the warming: its log says why.");
            if (progress.Stopped is not null) break;
        }

        progress.End();
        return progress.IsWhole ? 0 : Failed;
    }

    private static async Task<int> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var said = await response.Content.ReadAsStringAsync(cancellationToken);
        var problem = JsonNode.Parse(said) as JsonObject;
        return await FailAsync(
            Failed, $"Refused ({(int)response.StatusCode}): {(string?)problem?["message"]} {(string?)problem?["recovery"]}");
    }

    private static string? FirstKey(IConfiguration configuration) =>
        new ConfigurationView(configuration).List("Management:ApiKeys") is [var (_, key), ..] ? key?.Trim() : null;

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
