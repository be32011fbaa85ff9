using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace IslGateway.UnitTests.Settings;

public sealed class SettingsMonitorTests : IDisposable
{
    private readonly IConfigurationRoot _configuration = Given.OverShipped(("Cache:Mode", "On"));
    private readonly Journal _journal = new();
    private readonly SettingsMonitor _monitor;

    public SettingsMonitorTests() => _monitor = new SettingsMonitor(
        new SettingsLoader(_configuration, isDevelopment: true, EndpointRules.Check), _journal);

    [Fact]
    public void Reload_GoodSettings_AreInForceAndAnnounced()
    {
        GatewaySettings? announced = null;
        _monitor.Changed += settings => announced = settings;

        Reload(("Cache:Mode", "Off"));

        Assert.Equal(CacheMode.Off, _monitor.Current.Cache.Mode);
        Assert.Same(_monitor.Current, announced);
        Assert.True(_monitor.LastReloadSuccessful);
    }

    [Fact]
    public void Reload_BadSettings_KeepTheOldAndLogEveryErrorOnce()
    {
        var before = _monitor.Current;
        _monitor.Changed += _ => Assert.Fail("Nothing changed.");

        Reload(("Cache:Mode", "Maybe"), ("Cache:DefaultTtl", "300"));
        Reload();

        Assert.Same(before, _monitor.Current);
        Assert.False(_monitor.LastReloadSuccessful);
        var message = Assert.Single(_journal.Errors);
        Assert.Contains("Cache:Mode", message, StringComparison.Ordinal);
        Assert.Contains("Cache:DefaultTtl", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reload_MendedSettings_AreInForceAgain()
    {
        Reload(("Cache:Mode", "Maybe"));
        Reload(("Cache:Mode", "Observe"));

        Assert.Equal(CacheMode.Observe, _monitor.Current.Cache.Mode);
        Assert.True(_monitor.LastReloadSuccessful);
    }

    [Fact]
    public void Reload_APartOfTheGatewayRefuses_KeepsTheOld()
    {
        var before = _monitor.Current;
        _monitor.Checking += settings =>
        {
            Assert.Equal(CacheMode.Off, settings.Cache.Mode);
            throw new SettingsException([new SettingsError("Cache:Mode", "Off", "is not for this gateway")]);
        };
        _monitor.Changed += _ => Assert.Fail("Nothing changed.");

        Reload(("Cache:Mode", "Off"));

        Assert.Same(before, _monitor.Current);
        Assert.False(_monitor.LastReloadSuccessful);
    }

    [Fact]
    public void Reload_ListenerThrows_OthersStillHear()
    {
        var heard = false;
        _monitor.Changed += _ => throw new InvalidOperationException();
        _monitor.Changed += _ => heard = true;

        Reload(("Cache:Mode", "Off"));

        Assert.True(heard);
        Assert.Single(_journal.Errors);
    }

    [Fact]
    public void Reload_OfWhatIsReadAtStart_SaysOnceThatItWaits()
    {
        Reload(("Isl:MaxConnections", "7"), ("Cache:Mode", "Off"));
        Reload(("Cache:Mode", "On"));
        Assert.EndsWith(": Isl:MaxConnections", Assert.Single(_journal.Warnings), StringComparison.Ordinal);

        Reload(("Isl:MaxConnections", "100"));
        Reload(("Isl:MaxConnections", "7"));
        Assert.Equal(2, _journal.Warnings.Count);
    }

    [Fact]
    public void Reload_AfterDispose_ChangesNothing()
    {
        _monitor.Dispose();
        Reload(("Cache:Mode", "Off"));
        Assert.Equal(CacheMode.On, _monitor.Current.Cache.Mode);
    }

    public void Dispose() => _monitor.Dispose();

    private void Reload(params (string Key, string Value)[] values)
    {
        foreach (var (key, value) in values)
        {
            _configuration[key] = value;
        }

        _configuration.Reload();
    }

    private sealed class Journal : ILogger<SettingsMonitor>
    {
        public List<string> Errors { get; } = [];

        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
            {
                Errors.Add(formatter(state, exception));
            }

            if (logLevel == LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
