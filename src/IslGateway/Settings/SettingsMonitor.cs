using IslGateway.Settings.Reading;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Settings;

/// <summary>Holds the settings in force and replaces them when configuration changes; what a reload gets wrong changes nothing.</summary>
internal sealed partial class SettingsMonitor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IConfiguration _configuration;
    private readonly bool _isDevelopment;
    private readonly long _memoryLimit;
    private readonly long _heapLimit;
    private readonly ILogger<SettingsMonitor> _logger;
    private readonly IDisposable _subscription;
    private volatile GatewaySettings _current;
    private volatile string? _refusal;

    /// <param name="initial">What was loaded at start.</param>
    /// <param name="configuration">Where it was loaded from.</param>
    /// <param name="isDevelopment">Whether the looser rules of Development hold.</param>
    /// <param name="logger">Hears of reloads.</param>
    /// <param name="memoryLimit">Bytes that the process may use.</param>
    /// <param name="heapLimit">Bytes of them that the garbage collector takes at the most.</param>
    public SettingsMonitor(
        GatewaySettings initial, IConfiguration configuration, bool isDevelopment, ILogger<SettingsMonitor> logger,
        long memoryLimit = MemoryPlan.Unlimited, long heapLimit = MemoryPlan.Unlimited)
    {
        (_memoryLimit, _heapLimit) = (memoryLimit, heapLimit);
        _current = initial;
        _configuration = configuration;
        _isDevelopment = isDevelopment;
        _logger = logger;
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>The settings in force.</summary>
    public GatewaySettings Current => _current;

    /// <summary>What they let the process hold.</summary>
    public MemoryPlan Memory => MemoryPlan.Of(Current, _memoryLimit, _heapLimit);

    /// <summary>False from a refused reload until the next good one.</summary>
    public bool LastReloadSuccessful => _refusal is null;

    /// <summary>Asks about settings that pass all rules of their own, before they are in force; a <see cref="SettingsException"/> refuses them.</summary>
    public event Action<GatewaySettings>? Checking;

    /// <summary>Tells the new settings after each good reload, on the thread of the source that changed.</summary>
    public event Action<GatewaySettings>? Changed;

    public void Dispose() => _subscription.Dispose();

    private void Reload()
    {
        lock (_gate)
        {
            try
            {
                var settings = GatewaySettings.Load(_configuration, _isDevelopment, _memoryLimit, _heapLimit);
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
            Announce();
        }
    }

    // A saved file is often reported twice: the same refusal is logged once.
    private void Refuse(string reason)
    {
        if (_refusal != reason)
        {
            LogRefused(reason);
        }

        _refusal = reason;
    }

    // The configuration source would bring the process down with whatever a listener throws.
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Settings reload refused, the old settings stay in force. {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A part of the gateway could not take over the reloaded settings")]
    private partial void LogListenerFailed(Exception exception);
}
