using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using IslGateway.Edge;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>
/// The operations API of a running gateway, as commands call it. Whatever goes wrong is a <see cref="CommandFailure"/>.
/// <code>
///   address   --url, else ISLGATEWAY_URL, else where the configuration has the management listener, on this machine
///   key       --key, else ISLGATEWAY_KEY, else the first of the configuration's Management:ApiKeys
/// </code>
/// </summary>
internal sealed class ManagementClient : IDisposable
{
    /// <summary>The environment variable that names the management listener.</summary>
    public const string UrlVariable = "ISLGATEWAY_URL";

    /// <summary>The environment variable that holds the management key.</summary>
    public const string KeyVariable = "ISLGATEWAY_KEY";

    /// <summary>Longer than a purge takes at a gateway whose Redis does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly Uri _address;
    private readonly string? _key;

    private ManagementClient(Uri address, string? key) => (_address, _key) = (address, key);

    public static Option<string> Url { get; } = new("--url")
    {
        Description =
            $"The gateway's management listener. Unless given: {UrlVariable}, else where the configuration has it, on this machine.",
        HelpName = "URL",
    };

    public static Option<string> Key { get; } = new("--key")
    {
        Description =
            $"One of its Management:ApiKeys. Better in {KeyVariable}: others may see a command line. Else the configuration's first.",
        HelpName = "KEY",
    };

    /// <summary>The gateway's address, for messages.</summary>
    public string Address => _address.GetLeftPart(UriPartial.Authority);

    /// <summary>Reads address and key.</summary>
    /// <param name="given">The command line, with the options above.</param>
    /// <param name="settings">The settings on it.</param>
    public static ManagementClient Of(ParseResult given, string[] settings)
    {
        var configuration = WebApplication
            .CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory })
            .Configuration;
        configuration.AddDefaultListeners().AddSecrets();
        var address = given.GetValue(Url) ?? Variable(UrlVariable)
            ?? Banner.Reachable(configuration[Listeners.UrlKey(Listeners.Management)]!);
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new CommandFailure(
                ExitCodes.Misused, $"'{address}' is no address of a management listener, such as http://localhost:8081.");
        }

        var key = given.GetValue(Key) ?? Variable(KeyVariable) ?? FirstKey(configuration);
        return key is { Length: > 0 } && key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new CommandFailure(ExitCodes.Misused, "The key is not visible ASCII.")
            : new ManagementClient(url, key);
    }

    /// <summary>Makes a call and reads its answer.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path and query, without a slash first.</param>
    /// <param name="content">The body to send, if any.</param>
    /// <param name="member">A member that every such answer has: what has none is not a gateway's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<JsonElement> AskAsync(
        HttpMethod method, string path, HttpContent? content, string member, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var response = await SendAsync(method, path, content, patience.Token);
            return Read(response, await response.Content.ReadAsStringAsync(patience.Token), member);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Silent($"It took longer than {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Silent(e.GetBaseException().Message);
        }
    }

    /// <summary>Makes a call whose answer is read as it comes; without a limit of time, and with an answer of success.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path and query, without a slash first.</param>
    /// <param name="content">The body to send, if any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<HttpResponseMessage> StreamAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        try
        {
            var response = await SendAsync(method, path, content, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response) throw Refusal(response, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Silent(e.GetBaseException().Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path)) { Content = content };
        if (_key is { Length: > 0 }) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private JsonElement Read(HttpResponseMessage response, string body, string member)
    {
        if (!response.IsSuccessStatusCode) throw Refusal(response, body);
        return Parse(body) is { } answer && answer.TryGetProperty(member, out _) ? answer : throw Stranger(response);
    }

    private CommandFailure Refusal(HttpResponseMessage response, string body)
    {
        if (Parse(body) is not { } problem || Text(problem, "source") != "isl-gateway") return Stranger(response);
        var hint = (int)response.StatusCode == StatusCodes.Status401Unauthorized
            ? _key is null ? $" {KeyVariable} is not set." : " It is not the key that was sent."
            : "";
        return new CommandFailure(
            ExitCodes.Failed,
            $"Refused ({(int)response.StatusCode}): {Text(problem, "message")} {Text(problem, "recovery")}{hint}");
    }

    private CommandFailure Stranger(HttpResponseMessage response) => new(
        ExitCodes.Failed,
        $"{Address} answered {(int)response.StatusCode}, but not as a gateway's management listener does. Name that with --url.");

    private CommandFailure Silent(string why) =>
        new(ExitCodes.Failed, $"No answer from {Address}: {why.TrimEnd('.')}. Name the management listener with --url or {UrlVariable}.");

    private static JsonElement? Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root ? root.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement answer, string member) =>
        answer.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;

    private static string? FirstKey(IConfiguration configuration) =>
        new ConfigurationView(configuration).List("Management:ApiKeys") is [var (_, key), ..] ? key?.Trim() : null;
}
