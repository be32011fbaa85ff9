using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What a gateway in this process logs from now on, as its lines would read.</summary>
internal sealed class RecordedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    private RecordedLogs()
    {
    }

    /// <summary>Level, category, message and exception of each entry that the gateway's log levels let through.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public static RecordedLogs Of(GatewayUnderTest gateway)
    {
        var logs = new RecordedLogs();
        gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
        return logs;
    }

    public ILogger CreateLogger(string categoryName) => new Recorder(_lines, categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<string> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}
