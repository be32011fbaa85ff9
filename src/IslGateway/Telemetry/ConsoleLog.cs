using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace IslGateway.Telemetry;

/// <summary>
/// Log lines on standard output, in the formats and by the settings of .NET's console logger (<c>Logging:Console</c>). That one makes a
/// request wait while nobody reads what is written; here one thread of its own waits, and what finds no room in the queue before it is
/// dropped and counted.
/// </summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLog : ILoggerProvider, ISupportExternalScope
{
    /// <summary>
    /// Kestrel's word, with a stack trace, on a caller who cut its connection while its body was being read: the rest cannot be drained.
    /// Callers may leave, and there is nothing to be done about it.
    /// </summary>
    private const int BodyCannotBeDrained = 67;

    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>How long the end of the process waits for a reader to take what is still queued.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, ConsoleLogger> _loggers = new();
    private readonly ConsoleFormatter _formatter;
    private readonly Channel<string> _queue;
    private readonly GatewayMetrics _metrics;
    private readonly Thread _writer;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ConsoleLog(IEnumerable<ConsoleFormatter> formatters, IOptions<ConsoleLoggerOptions> options, GatewayMetrics metrics)
    {
        var named = formatters.ToDictionary(formatter => formatter.Name, StringComparer.OrdinalIgnoreCase);
        _formatter = named.GetValueOrDefault(options.Value.FormatterName ?? ConsoleFormatterNames.Simple)
            ?? named[ConsoleFormatterNames.Simple];
        _metrics = metrics;
        _queue = Channel.CreateBounded<string>(
            new BoundedChannelOptions(options.Value.MaxQueueLength) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => metrics.LogLinesDropped.Inc());

        // In the background: a write that never returns must not keep the process.
        _writer = new Thread(WriteOut) { IsBackground = true, Name = "console log" };
        _writer.Start();
    }

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, category => new ConsoleLogger(category, this));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        if (_queue.Writer.TryComplete()) _writer.Join(Courtesy);
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        using var text = new StringWriter();
        _formatter.Write(entry, _scopes, text);
        if (text.GetStringBuilder().Length > 0) _queue.Writer.TryWrite(text.ToString());
    }

    private void WriteOut()
    {
        var dropped = _metrics.LogLinesDropped.Value;
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var text)) Put(text);
            if (_metrics.LogLinesDropped.Value is var now && now > dropped)
            {
                Put($"warn: {now - dropped:0} log lines were dropped: nobody read what was written before them{Environment.NewLine}");
                dropped = now;
            }
        }
    }

    private static void Put(string text)
    {
        try
        {
            Console.Out.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Nobody is at the other end any more, or it takes nothing; so much the worse for the log, and for nothing else.
        }
    }

    private sealed class ConsoleLogger(string category, ConsoleLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || (eventId.Id == BodyCannotBeDrained && category == Kestrel)) return;
            log.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
        }
    }
}
