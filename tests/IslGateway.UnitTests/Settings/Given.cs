using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace IslGateway.UnitTests.Settings;

/// <summary>Settings as a test states them.</summary>
internal static class Given
{
    public static IConfigurationRoot Configuration(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(Pairs(values)).Build();

    /// <summary>What is stated lies over the shipped table, as the environment does.</summary>
    public static IConfigurationRoot OverShipped(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(Pairs(values)).AddShippedEndpoints().Build();

    public static GatewaySettings Loaded(params (string Key, string? Value)[] values) =>
        new SettingsLoader(Configuration(values), isDevelopment: true, EndpointRules.Check).Load();

    public static SettingsError[] Errors(params (string Key, string? Value)[] values) => Errors(Configuration(values));

    public static SettingsError[] Errors(IConfiguration configuration, bool isDevelopment = true) =>
        [.. Assert.Throws<SettingsException>(() => new SettingsLoader(configuration, isDevelopment, EndpointRules.Check).Load()).Errors];

    // The last value of a key counts.
    private static IEnumerable<KeyValuePair<string, string?>> Pairs((string Key, string? Value)[] values) =>
        values.GroupBy(pair => pair.Key).Select(pairs => KeyValuePair.Create(pairs.Key, pairs.Last().Value));
}
