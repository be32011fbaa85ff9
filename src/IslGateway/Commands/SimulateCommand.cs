using IslSimulator;

namespace IslGateway.Commands;

/// <summary>Runs the simulator alone, for compose and for clients under development.</summary>
internal static class SimulateCommand
{
    private const string Section = "Simulate";

    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(settings).Build();
        var options = new SimulatorOptions();
        configuration.GetSection(Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = false);
        var url = UrlOf(configuration);
        Console.WriteLine($"ISL SIMULATOR on {url}: its numbers are not ISL's.");
        await SimulatorHost.RunAsync(options, url, cancellationToken);
        return 0;
    }

    /// <summary>Where the simulator listens, by <c>Simulate:Url</c>.</summary>
    public static string UrlOf(IConfiguration configuration) => configuration[$"{Section}:Url"] ?? "http://localhost:8000";
}
