using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace IslGateway.Telemetry;

/// <summary>
/// Writes log lines to standard output, in the formats and by the settings of .NET's console logger (<c>Logging:Console</c>). That logger
/// makes requests wait while nobody reads the output. Here only a thread of its own waits; lines that find the queue full are dropped and
/// counted.
/// </summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLog : ILoggerProvider, ISupportExternalScope
{
    /// <summary>
    /// The event in which Kestrel reports, with a stack trace, that a caller cut its connection while its body was being read. Callers may
    /// do so, and there is nothing that an operator could do.
    /// </summary>
    private const int BodyNotReadToEnd = 67;

    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>
    /// How long the end of the process waits for the queued lines to be read: the last one says whether all was done, and a busy machine
    /// is slow to write it.
    /// </summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(2);

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

        // A background thread, because a write that never returns must not keep the process alive.
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
        var text = Format(entry);
        if (text.Length > 0) _queue.Writer.TryWrite(text);
    }

    private string Format<TState>(in LogEntry<TState> entry)
    {
        using var text = new StringWriter();
        _formatter.Write(entry, _scopes, text);
        return text.ToString();
    }

    private void WriteOut()
    {
        var dropped = _metrics.LogLinesDropped.Value;
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var text)) Put(text);
            if (_metrics.LogLinesDropped.Value is var now && now > dropped)
            {
                Put(Format(new LogEntry<string>(
                    LogLevel.Warning, typeof(ConsoleLog).FullName!, default,
                    $"{now - dropped:0} log lines were dropped: nobody read what was written before them", null,
                    static (text, _) => text)));
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
            // Nobody reads the output any more: the lines are lost, and nothing else.
        }
    }

    private sealed class ConsoleLogger(string category, ConsoleLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || (eventId.Id == BodyNotReadToEnd && category == Kestrel)) return;
            log.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
        }
    }
}
