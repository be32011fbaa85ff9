using IslSimulator;

namespace IslGateway.Commands;

/// <summary>Runs the simulator alone, for compose and for clients under development.</summary>
internal static class SimulateCommand
{
    private const string Section = "Simulate";

    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(settings).Build().GetSection(Section);
        var options = new SimulatorOptions();
        configuration.Bind(options, binder => binder.ErrorOnUnknownConfiguration = false);
        var url = configuration["Url"] ?? "http://localhost:8000";
        Console.WriteLine($"ISL SIMULATOR on {url}: its numbers are not ISL's.");
        await SimulatorHost.RunAsync(options, url, cancellationToken);
        return 0;
    }
}
