using System.CommandLine;
using System.Text.Json;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>Checks the settings as a start would, without starting: nothing listens, connects or is removed.</summary>
internal static class CheckConfigCommand
{
    public const string Notes = """
        Examples:
          islgateway check-config
          islgateway check-config --environment=Production --Cache:DefaultTtl=10m
          docker run --rm --env-file gateway.env islgateway check-config --json

        It reads what the gateway would: appsettings.json, the environment, this command line, /run/secrets. No secret is shown.

        Exit codes: 0 the gateway would start with them; 2 it would not.
        """;

    private static readonly Option<bool> Json = new("--json") { Description = "The result as JSON." };

    public static Command Create() =>
        new("check-config", "Checks the settings without starting, and names every one that is wrong.") { Json };

    /// <param name="configure">Reads and checks the settings.</param>
    /// <param name="given">The command line.</param>
    /// <param name="settings">The settings on it.</param>
    public static async Task<int> RunAsync(Func<string[], ConfiguredGateway> configure, ParseResult given, string[] settings)
    {
        var isJson = given.GetValue(Json);
        try
        {
            var summary = ConfigSummary.Of(configure(settings));
            Console.WriteLine(isJson ? JsonSerializer.Serialize(summary.ToJson()) : summary.ToString());
            return ExitCodes.Fine;
        }
        catch (SettingsException e) when (isJson)
        {
            var errors = e.Errors.Select(error => new { key = error.Key, value = error.Value, rule = error.Rule });
            Console.WriteLine(JsonSerializer.Serialize(new { ok = false, errors }));
            return ExitCodes.Misused;
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Misused;
        }
    }
}
