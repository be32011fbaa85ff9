using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using IslGateway.Edge;
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

        Check(configuration, settings);
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
        catch (ArgumentException e)
        {
            throw new CommandFailure(ExitCodes.Misused, $"Simulate:{e.Message}");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandFailure(ExitCodes.Failed, $"{e.Message.TrimEnd('.')}. Move it with --Simulate:Url=http://localhost:PORT");
        }
    }

    /// <summary>Refuses what the simulator would pass over.</summary>
    private static void Check(IConfiguration configuration, string[] settings)
    {
        var options = settings.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=', 2)[0]);
        if (options.FirstOrDefault(key => !key.StartsWith($"--{Section}:", StringComparison.OrdinalIgnoreCase)) is { } other)
            throw new CommandFailure(ExitCodes.Misused, $"'{other}' is no setting of the simulator: it reads Simulate:Url and the like.");
        string[] known = ["Url", .. typeof(SimulatorOptions).GetProperties().Select(property => property.Name)];
        foreach (var child in configuration.GetSection(Section).GetChildren())
        {
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                throw new CommandFailure(ExitCodes.Misused, $"{child.Path} is no setting; there are {string.Join(", ", known)}.");
        }

        if (ListenerRules.Parse(UrlOf(configuration)) is not { Scheme: "http" })
            throw new CommandFailure(ExitCodes.Misused, "Simulate:Url must be an address to listen at, such as http://localhost:8000.");
    }

    /// <summary>Where the simulator listens, by <c>Simulate:Url</c>.</summary>
    public static string UrlOf(IConfiguration configuration) => configuration[$"{Section}:Url"] ?? DefaultUrl;
}
