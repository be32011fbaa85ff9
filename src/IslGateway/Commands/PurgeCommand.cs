using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using IslGateway.Edge;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>Asks a running gateway to purge. Address and key come from the same configuration that <c>serve</c> would read.</summary>
internal static class PurgeCommand
{
    private const int Failed = 1;
    private const int Misused = 2;

    /// <summary>Longer than a purge takes at a gateway whose Redis does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly Option<string[]> Endpoints = new("--endpoint")
    {
        Description = "An endpoint's name or path; may be repeated.",
        HelpName = "NAME|PATH",
    };

    private static readonly Option<string> User = new("--user")
    {
        Description = "A user whose session answers to purge; - reads the id from standard input.",
        HelpName = "ID",
    };

    private static readonly Option<bool> All = new("--all") { Description = "Everything." };

    private static readonly Option<string> Url = new("--url")
    {
        Description = "The gateway's management listener. Unless given: where the configuration has it, on this machine.",
        HelpName = "URL",
    };

    private static readonly Option<string> Key = new("--key")
    {
        Description = "One of its Management:ApiKeys. Unless given: the first that the configuration has.",
        HelpName = "KEY",
    };

    public static Command Create() =>
        new("purge", "Makes a running gateway forget stored answers, at once and on every gateway that shares its Redis.")
        {
            Endpoints, User, All, Url, Key,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        var configuration = WebApplication
            .CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory })
            .Configuration;
        configuration.AddDefaultListeners().AddSecrets();
        var address = given.GetValue(Url) ?? Banner.Reachable(configuration[Listeners.UrlKey(Listeners.Management)]!);
        if (!Uri.TryCreate(address.TrimEnd('/') + "/api/cache", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return await FailAsync(Misused, $"'{address}' is no address of a management listener, such as http://localhost:8081.");
        if (await QueryAsync(given) is not { } query)
            return await FailAsync(Misused, "Say what to purge: --endpoint NAME, --user ID, --all, or several of them.");

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Delete, new UriBuilder(url) { Query = query }.Uri);
        if ((given.GetValue(Key) ?? FirstKey(configuration)) is { Length: > 0 } key && !TryAuthorize(request, key))
            return await FailAsync(Misused, "The key is not visible ASCII.");
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            return await TellAsync(
                response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken), (int)response.StatusCode, url);
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return await FailAsync(
                Failed, $"No answer from {url.GetLeftPart(UriPartial.Authority)}: {e.Message} Name the management listener with --url.");
        }
    }

    /// <summary>The purge's query; null if nothing to purge was named.</summary>
    private static async Task<string?> QueryAsync(ParseResult given)
    {
        var named = (given.GetValue(Endpoints) ?? []).Select(endpoint => "endpoint=" + Uri.EscapeDataString(endpoint)).ToList();
        if (given.GetValue(User) is { } user)
        {
            var id = user == "-" ? (await Console.In.ReadToEndAsync()).TrimEnd('\r', '\n') : user;
            named.Add("user=" + Uri.EscapeDataString(id));
        }

        if (given.GetValue(All)) named.Add("all=true");
        return named.Count == 0 ? null : string.Join('&', named);
    }

    private static string? FirstKey(IConfiguration configuration) =>
        new ConfigurationView(configuration).List("Management:ApiKeys") is [var (_, key), ..] ? key?.Trim() : null;

    private static bool TryAuthorize(HttpRequestMessage request, string key)
    {
        if (key.AsSpan().ContainsAnyExceptInRange('!', '~')) return false;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return true;
    }

    private static async Task<int> TellAsync(bool done, string body, int status, Uri url)
    {
        JsonElement answer;
        try
        {
            using var document = JsonDocument.Parse(body);
            answer = document.RootElement.Clone();
            if (!done) return await FailAsync(Failed, $"Refused ({status}): {Text(answer, "message")} {Text(answer, "recovery")}");
            Console.WriteLine($"Purged: {Named(answer.GetProperty("purged"))}.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return await FailAsync(
                Failed, $"{url.GetLeftPart(UriPartial.Authority)} answered {status}, but not as a gateway's management listener does.");
        }

        Console.WriteLine(Text(answer, "redis") switch
        {
            "off" => "There is no Redis: it holds at this gateway.",
            "done" => "Redis has it: it holds at every gateway within a second.",
            _ => "It holds at this gateway. Redis has not got it yet.",
        });
        if (answer.GetProperty("pending") is var pending && pending.GetArrayLength() > 0)
        {
            await Console.Error.WriteLineAsync(
                $"Warning: Redis has still to be told of {string.Join(", ", pending.EnumerateArray())}. "
                + "The gateway goes on trying; if it ends before, purge again.");
        }

        return 0;
    }

    private static string Named(JsonElement purged)
    {
        List<string> named = [.. purged.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.ToString())];
        if (purged.GetProperty("all").GetBoolean()) named.Insert(0, "everything");
        if (purged.GetProperty("users").GetInt32() is > 0 and var users) named.Add(users == 1 ? "one user" : $"{users} users");
        return string.Join(", ", named);
    }

    private static string? Text(JsonElement answer, string member) => answer.GetProperty(member).GetString();

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
