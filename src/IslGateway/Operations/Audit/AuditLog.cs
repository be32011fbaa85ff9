using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Operations.Audit;

/// <summary>
/// One line, in a category of its own, for each change that somebody makes to the gateway while it runs, and for each attempt that was
/// refused; of those only so many in a minute, since anybody can make them.
/// </summary>
internal sealed partial class AuditLog : IDisposable
{
    /// <summary>The category of the lines.</summary>
    public const string Category = "IslGateway.Audit";

    private readonly SettingsMonitor _settings;
    private readonly ILogger _logger;
    private readonly LineBudget _refused;

    public AuditLog(SettingsMonitor settings, TimeProvider time, ILoggerFactory loggers)
    {
        _settings = settings;
        _logger = loggers.CreateLogger(Category);
        _refused = new LineBudget(time, LogLeftOut);
    }

    /// <summary>Writes the line of a change.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="what">To what.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="who">Who did it; never a key.</param>
    /// <param name="address">From where.</param>
    /// <param name="requestId">The id of the call.</param>
    public void Write(string action, string what, string outcome, string who, string address, string requestId) =>
        LogChange(action, what, outcome, who, address, requestId);

    /// <summary>Writes the line of an attempt that was refused before anything was done.</summary>
    /// <inheritdoc cref="Write"/>
    public void WriteRefused(string action, string what, string outcome, string who, string address, string requestId)
    {
        if (_refused.TryTake(_settings.Current.Telemetry.RequestLinesPerMinute))
            LogRefused(action, what, outcome, who, address, requestId);
    }

    public void Dispose() => _refused.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "{Action}: {What}; {Outcome}. By {Who} from {Address} (request {RequestId})")]
    private partial void LogChange(string action, string what, string outcome, string who, string address, string requestId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Action}: {What}; {Outcome}. By {Who} from {Address} (request {RequestId})")]
    private partial void LogRefused(string action, string what, string outcome, string who, string address, string requestId);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} more calls were refused within a minute and have no line of their own (Telemetry:RequestLinesPerMinute)")]
    private partial void LogLeftOut(long count);
}
