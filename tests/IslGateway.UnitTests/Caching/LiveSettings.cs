using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Caching;

/// <summary>Settings in force, over the shipped table, that a test can change as a reload does.</summary>
internal sealed class LiveSettings : IDisposable
{
    private readonly IConfigurationRoot _configuration;

    public LiveSettings(params (string Key, string? Value)[] values)
    {
        _configuration = Given.OverShipped(values);
        Monitor = new SettingsMonitor(
            new SettingsLoader(_configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
        Table = EndpointTable.Compile(Monitor.Current);
    }

    public SettingsMonitor Monitor { get; }

    public EndpointTable Table { get; }

    /// <summary>Tokens of their own.</summary>
    public TokenSet Tokens(TimeProvider time, bool areShared = false) => new(Table, new RedisNames(Monitor), areShared, time);

    public EndpointRow Row(string name) => Table.Rows.Single(row => row.Name == name);

    public void Reload(string key, string? value)
    {
        _configuration[key] = value;
        _configuration.Reload();
        Assert.True(Monitor.LastReloadSuccessful);
    }

    public void Dispose() => Monitor.Dispose();
}
