using System.CommandLine;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>Asks a running gateway to purge.</summary>
internal static class PurgeCommand
{
    public const string Notes = """
        Examples:
          islgateway purge --endpoint CausalValidate
          echo alice | islgateway purge --user -
          islgateway purge --all --json

        Exit codes: 0 purged; 1 not done, or the gateway cannot be reached; 2 nothing to purge was named, or a wrong command line.
        """;

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

    private static readonly Option<bool> Json = new("--json") { Description = "The gateway's answer as it is." };

    public static Command Create() =>
        new("purge", "Makes a running gateway forget stored answers, at once and on every gateway that shares its Redis.")
        {
            Endpoints, User, All, ManagementClient.Url, ManagementClient.Key, Json,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        using var gateway = ManagementClient.Of(given, settings);
        var query = await QueryAsync(given)
            ?? throw new CommandFailure(
                ExitCodes.Misused, "Say what to purge: --endpoint NAME, --user ID, --all, or several of them.");
        var answer = await gateway.AskAsync(HttpMethod.Delete, "api/cache?" + query, null, "purged", cancellationToken);
        if (given.GetValue(Json)) Console.WriteLine(answer.GetRawText());
        else await TellAsync(answer);
        return ExitCodes.Fine;
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

    private static async Task TellAsync(JsonElement answer)
    {
        Console.WriteLine($"Purged: {Named(answer.GetProperty("purged"))}.");
        Console.WriteLine(answer.GetProperty("redis").GetString() switch
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
    }

    private static string Named(JsonElement purged)
    {
        List<string> named = [.. purged.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.ToString())];
        if (purged.GetProperty("all").GetBoolean()) named.Insert(0, "everything");
        if (purged.GetProperty("users").GetInt32() is > 0 and var users) named.Add(users == 1 ? "one user" : $"{users} users");
        return string.Join(", ", named);
    }
}
