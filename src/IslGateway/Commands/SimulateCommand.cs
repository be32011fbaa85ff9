using System.CommandLine;
using System.Text.Json;
using IslSimulator;

namespace IslGateway.Commands;

/// <summary>Runs the simulator alone, for compose and for clients under development.</summary>
internal static class SimulateCommand
{
    public const string Notes = """
        Examples:
          islgateway simulate
          islgateway simulate --Simulate:Url=http://localhost:8000 --Simulate:Latency=0 --Simulate:ApiKeys=secret

        Exit codes: 0 told to stop, and done; 1 its address cannot be listened at; 2 a setting is wrong.
        """;

    private const string Section = "Simulate";
    private const string DefaultUrl = "http://localhost:8000";

    private static readonly Option<bool> Json = new("--json") { Description = "Says where it is as JSON." };

    public static Command Create() =>
        new("simulate", "Runs the ISL simulator alone. Simulate:Url, Simulate:ApiKeys, Simulate:Latency and the like set it up.") { Json };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(settings).Build();
        var options = new SimulatorOptions();
        try
        {
            configuration.GetSection(Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = false);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailure(ExitCodes.Misused, e.Message);
        }

        var url = UrlOf(configuration);
        Console.WriteLine(
            given.GetValue(Json)
                ? JsonSerializer.Serialize(new { url, simulated = true })
                : $"ISL SIMULATOR on {url}: its numbers are not ISL's.");
        try
        {
            await SimulatorHost.RunAsync(options, url, cancellationToken);
            return ExitCodes.Fine;
        }
        catch (IOException e)
        {
            throw new CommandFailure(ExitCodes.Failed, $"{e.Message.TrimEnd('.')}. Move it with --Simulate:Url=http://localhost:PORT");
        }
    }

    /// <summary>Where the simulator listens, by <c>Simulate:Url</c>.</summary>
    public static string UrlOf(IConfiguration configuration) => configuration[$"{Section}:Url"] ?? DefaultUrl;
}
