using IslGateway.Endpoints;
using IslGateway.Settings;
using IslSimulator;
using Microsoft.Extensions.Configuration;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>Settings as a deployment gives them: by their names in the environment, read by the gateway's own reader.</summary>
internal static class EnvironmentNames
{
    /// <summary>What is neither a section of the gateway's nor read by its own rules.</summary>
    private static readonly string[] DotNets = ["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_HTTP_PORTS"];

    /// <summary>Those that nothing reads. A name in a section that the gateway knows is checked by <see cref="Load"/>.</summary>
    public static IEnumerable<string> Unread(IEnumerable<string> names) => names.Where(name => !DotNets.Contains(name) && !IsRead(name));

    /// <summary>What the gateway would start with.</summary>
    /// <param name="variables">Names and values; the last one of a name counts.</param>
    /// <param name="memory">Bytes that the container has.</param>
    /// <param name="isDevelopment">Whether Development's rules hold.</param>
    /// <exception cref="Settings.Reading.SettingsException">It would not start.</exception>
    public static GatewaySettings Load(
        IEnumerable<KeyValuePair<string, string>> variables, long memory, bool isDevelopment = false)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.GroupBy(pair => pair.Key).Select(pairs =>
                KeyValuePair.Create(KeyOf(pairs.Key), (string?)pairs.Last().Value)))
            .AddShippedEndpoints()
            .Build();
        return new SettingsLoader(
            configuration, isDevelopment, EndpointRules.Check, memory, memory / 100 * MemoryPlan.HeapPercent).Load();
    }

    private static bool IsRead(string name) => KeyOf(name).Split(':') switch
    {
        ["Kestrel", "Endpoints", "Gateway" or "GatewayH2c" or "Management", "Url"] or ["ConnectionStrings", "Redis"] => true,
        ["Simulate", "Url"] => true,
        ["Simulate", var option] => typeof(SimulatorOptions).GetProperty(option) is not null,
        [var section, _, ..] => SettingsReader.Sections.Contains(section),
        _ => false,
    };

    private static string KeyOf(string name) => name.Replace("__", ":", StringComparison.Ordinal);
}
