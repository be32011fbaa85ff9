using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>Has a running gateway compare ISL with a candidate, by requests that callers have sent; or shows the last comparison.</summary>
internal static class CompareCommand
{
    public const string Notes = """
        Examples:
          islgateway compare --against http://isl-next:8000 --tolerance 1e-9
          islgateway compare --against https://isl-next --send-credentials --count 500 && deploy
          islgateway compare --against http://isl-next:8000 --json | jq '.endpoints[] | select(.beyond_tolerance > 0)'
          islgateway compare                                    the last comparison, a rollover's too

        The candidate is asked what callers have asked most and what took ISL longest, within the Warming settings; it serves nobody, and
        nothing that it says is stored. The gateway must keep requests (Cache:KeepRequests).

        Exit codes: 0 no answer differs by more than --tolerance, none failed, and something was compared; 1 one does, failed, or nothing
        was compared to the end, or the gateway cannot be reached or refuses; 2 a wrong command line; 130 ended with Ctrl-C.
        """;

    private const string Call = "api/compare";

    private static readonly Option<string> Against = new("--against")
    {
        Description = "The candidate's address, as http://isl-next:8000. Unless given, the last comparison is shown.",
        HelpName = "URL",
    };

    private static readonly Option<string> Tolerance = new("--tolerance")
    {
        Description = "The largest relative change of a number that passes, 0 to 2; 0 unless given. Nothing else that differs passes.",
        HelpName = "CHANGE",
    };

    private static readonly Option<int?> Count = new("--count")
    {
        Description = "How many requests are asked, the hottest and dearest first; 100 unless given.",
        HelpName = "N",
    };

    private static readonly Option<string> Endpoint = new("--endpoint")
    {
        Description = "The one endpoint, by name or path, whose requests are asked.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> StoredOnly = new("--stored-only")
    {
        Description = "Compares with stored answers alone; else ISL is asked for those that are not stored.",
    };

    private static readonly Option<bool> SendCredentials = new("--send-credentials")
    {
        Description = "Sends the candidate the keys in Warming:Credentials; else it is asked without any.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "The gateway's report as it is, in one line." };

    public static Command Create() =>
        new("compare", "Has a running gateway ask another ISL what callers have asked, and reports where its answers differ.")
        {
            Against, Tolerance, Count, Endpoint, StoredOnly, SendCredentials, Json, ManagementClient.Url, ManagementClient.Key,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        using var gateway = ManagementClient.Of(given, settings);
        var report = given.GetValue(Against) is { } against
            ? await CompareAsync(gateway, CallOf(given, against), given, cancellationToken)
            : await LastAsync(gateway, given, cancellationToken);
        Console.WriteLine(given.GetValue(Json) ? report.GetRawText() : CompareText.Of(report));
        return report.GetProperty("passed").GetBoolean() ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static Dictionary<string, object> CallOf(ParseResult given, string against)
    {
        var call = new Dictionary<string, object> { ["against"] = against };
        if (given.GetValue(Tolerance) is { } text)
        {
            call["tolerance"] = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var tolerance)
                && tolerance is >= 0 and <= 2
                ? tolerance
                : throw new CommandFailure(ExitCodes.Misused, "--tolerance takes a number from 0 to 2, such as 1e-9.");
        }

        if (given.GetValue(Count) is { } count) call["count"] = count;
        if (given.GetValue(Endpoint) is { } endpoint) call["endpoint"] = endpoint;
        if (given.GetValue(StoredOnly)) call["stored_only"] = true;
        if (given.GetValue(SendCredentials)) call["send_credentials"] = true;
        return call;
    }

    private static async Task<JsonElement> CompareAsync(
        ManagementClient gateway, Dictionary<string, object> call, ParseResult given, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(call);
        await content.LoadIntoBufferAsync(cancellationToken);
        var showsProgress = !given.GetValue(Json) && !Console.IsErrorRedirected;
        try
        {
            using var response = await gateway.StreamAsync(HttpMethod.Post, Call, content, cancellationToken);
            using var answer = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
            while (await answer.ReadLineAsync(cancellationToken) is { } text)
            {
                using var line = JsonDocument.Parse(text);
                var said = line.RootElement;
                if (said.TryGetProperty("report", out var report))
                {
                    if (showsProgress) Console.Error.Write("\r" + new string(' ', 40) + "\r");
                    return report.Clone();
                }

                if (showsProgress) Console.Error.Write($"\r{said.GetProperty("done_questions")} of {said.GetProperty("questions")} …");
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            throw new CommandFailure(ExitCodes.Failed, $"The answer from {gateway.Address} broke off: {e.Message}");
        }

        throw new CommandFailure(ExitCodes.Failed, "The gateway ended the comparison: its log says why.");
    }

    private static async Task<JsonElement> LastAsync(ManagementClient gateway, ParseResult given, CancellationToken cancellationToken)
    {
        if (given.GetValue(Tolerance) is not null || given.GetValue(Count) is not null || given.GetValue(Endpoint) is not null
            || given.GetValue(StoredOnly) || given.GetValue(SendCredentials))
        {
            throw new CommandFailure(ExitCodes.Misused, "Say which candidate to compare with: --against URL.");
        }

        var status = await gateway.AskAsync(HttpMethod.Get, Call, null, "under_way", cancellationToken);
        return status.GetProperty("report") is { ValueKind: JsonValueKind.Object } report
            ? report
            : throw new CommandFailure(
                ExitCodes.Failed,
                status.GetProperty("under_way").ValueKind == JsonValueKind.Object
                    ? "The first comparison is still under way."
                    : "The gateway has compared nothing since its start. Name a candidate with --against URL.");
    }
}
