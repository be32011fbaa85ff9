using IslGateway.Settings.Reading;
namespace IslGateway.Settings;

/// <summary>Holds the settings in force and replaces them when configuration changes. A reload with errors changes nothing.</summary>
internal sealed partial class SettingsMonitor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SettingsLoader _loader;
    private readonly ILogger<SettingsMonitor> _logger;
    private readonly IDisposable _subscription;
    private readonly GatewaySettings _atStart;
    private volatile GatewaySettings _current;
    private volatile string? _refusal;
    private string _waiting = "";

    /// <param name="loader">Loads the settings.</param>
    /// <param name="logger">Logs reloads.</param>
    /// <param name="initial">The settings loaded at start; null: they are loaded now.</param>
    public SettingsMonitor(SettingsLoader loader, ILogger<SettingsMonitor> logger, GatewaySettings? initial = null)
    {
        (_loader, _logger, _atStart) = (loader, logger, initial ?? loader.Load());
        _current = _atStart;
        _subscription = loader.OnChange(Reload);
    }

    /// <summary>The settings in force.</summary>
    public GatewaySettings Current => _current;

    /// <summary>How much memory they allow the gateway to use.</summary>
    public MemoryPlan Memory => _loader.MemoryOf(Current);

    /// <summary>False from a refused reload until the next successful one.</summary>
    public bool LastReloadSuccessful => _refusal is null;

    /// <summary>
    /// Raised for new settings that have passed their own rules, before they take effect; a <see cref="SettingsException"/> refuses them.
    /// </summary>
    public event Action<GatewaySettings>? Checking;

    /// <summary>Raised with the new settings after each successful reload, on the thread of the source that changed.</summary>
    public event Action<GatewaySettings>? Changed;

    /// <summary>Raised when a reload is refused for a reason that is not the last one's.</summary>
    public event Action? Refused;

    public void Dispose() => _subscription.Dispose();

    private void Reload()
    {
        lock (_gate)
        {
            try
            {
                var settings = _loader.Load();
                Checking?.Invoke(settings);
                _current = settings;
                _refusal = null;
            }
            catch (SettingsException exception)
            {
                Refuse(exception.Message);
                return;
            }

            LogReloaded();
            TellWhatWaits();
            Announce();
        }
    }

    /// <summary>Says which changed settings are not in force yet, once for each such set of them.</summary>
    private void TellWhatWaits()
    {
        var waiting = string.Join(", ", SettingsComparison.TakingRestart(_atStart, _current));
        if (waiting != _waiting && waiting.Length > 0) LogWaiting(waiting);
        _waiting = waiting;
    }

    // A saved file is often reported twice, so the same refusal is logged once.
    private void Refuse(string reason)
    {
        if (_refusal != reason)
        {
            LogRefused(reason);
            Refused?.Invoke();
        }

        _refusal = reason;
    }

    // An exception from a listener would reach the configuration source and end the process.
    private void Announce()
    {
        foreach (var listener in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                listener(_current);
            }
            catch (Exception exception)
            {
                LogListenerFailed(exception);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Settings reloaded")]
    private partial void LogReloaded();

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Changed settings that are read at start, the old ones stay in force until a restart: {Keys}")]
    private partial void LogWaiting(string keys);

    [LoggerMessage(Level = LogLevel.Error, Message = "Settings reload refused, the old settings stay in force. {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A part of the gateway could not take over the reloaded settings")]
    private partial void LogListenerFailed(Exception exception);
}
