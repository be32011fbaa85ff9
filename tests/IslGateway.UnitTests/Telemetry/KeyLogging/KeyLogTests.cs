using IslGateway.Telemetry;
using IslGateway.Telemetry.KeyLogging;
using IslGateway.UnitTests.Caching;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Telemetry.KeyLogging;

public sealed class KeyLogTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("islgw-keys-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 10, 0, 0, TimeSpan.Zero));
    private readonly GatewayMetrics _metrics = new();
    private readonly Journal _journal = new();
    private readonly LiveSettings _settings;

    public KeyLogTests() => _settings = new LiveSettings(("Telemetry:KeyLog", File), ("Telemetry:KeyLogSize", "64KiB"));

    private string File => Path.Combine(_folder, "keys.log");

    [Fact]
    public async Task Take_Lines_AreWrittenBelowTheirSettingsWithTheirTime()
    {
        var log = await StartAsync();
        log.Take(Line(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        log.Take(Line(2));
        await log.StopAsync(CancellationToken.None);

        var lines = await System.IO.File.ReadAllLinesAsync(File, TestContext.Current.CancellationToken);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith(
            "{\"islgateway_key_log\":1,\"started\":1796032800000,\"size_limit\":268435456,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("{\"t\":1796032800.000000,\"row\":\"A\",\"key\":\"0000000000000001\"", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("{\"t\":1796032805.000000,\"row\":\"A\",\"key\":\"0000000000000002\"", lines[2], StringComparison.Ordinal);
        Assert.Equal((2, 0, 0), Counted());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public async Task Take_MoreThanTheFileMayHold_KeepsOneOlderFile()
    {
        var log = await StartAsync();
        for (var number = 1; number <= 3_000; number++)
        {
            log.Take(Line(number));
            if (number % 100 == 0) await WrittenAsync(number);
        }

        await log.StopAsync(CancellationToken.None);

        string[] files = [File, File + ".1"];
        Assert.Equal(files, Directory.GetFiles(_folder).Order());
        foreach (var file in files)
        {
            Assert.InRange(new FileInfo(file).Length, 1_000, 64 << 10);
            Assert.StartsWith("{\"islgateway_key_log\":1", (await ReadAsync(file))[0], StringComparison.Ordinal);
        }

        // What is there is the end, without a gap.
        var numbers = (await ReadAsync(files[1])).Concat(await ReadAsync(files[0]))
            .Select(line => KeyLogLine.TryParse(System.Text.Encoding.UTF8.GetBytes(line), out var read) ? (int?)read.Key : null)
            .OfType<int>().ToList();
        Assert.Equal(Enumerable.Range(3_001 - numbers.Count, numbers.Count), numbers);
    }

    [Fact]
    public async Task Take_AFileThatWasMovedAway_IsBegunAnew()
    {
        var log = await StartAsync();
        log.Take(Line(1));
        await WrittenAsync(1);
        System.IO.File.Move(File, File + ".moved");

        log.Take(Line(2));
        await log.StopAsync(CancellationToken.None);

        Assert.Equal((2, 2), ((await ReadAsync(File)).Length, (await ReadAsync(File + ".moved")).Length));
    }

    [Fact]
    public async Task Take_AFileThatCannotBeWritten_IsSaidOnceAndTriedAgain()
    {
        Directory.CreateDirectory(File);
        var log = await StartAsync();
        for (var number = 1; number <= 5; number++)
        {
            log.Take(Line(number));
            await UntilAsync(() => _metrics.KeyLogLines.WithLabels("failed").Value == number);
            _time.Advance(TimeSpan.FromSeconds(4));
        }

        Directory.Delete(File);
        _time.Advance(TimeSpan.FromSeconds(5));
        log.Take(Line(6));
        await log.StopAsync(CancellationToken.None);

        Assert.Equal((1, 0, 5), Counted());
        Assert.Equal(["Warning", "Information"], _journal.Lines.Select(line => line.Split(' ')[0]));
        Assert.Contains(File, _journal.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_WhileTheDiskDoesNotTakeThem_DropsWhatIsTooMuchAndNeverWaits()
    {
        using var log = New();
        for (var number = 1; number <= 10_000; number++) log.Take(Line(number));

        Assert.Equal(10_000 - 8_192, _metrics.KeyLogLines.WithLabels("dropped").Value);
        await log.StartAsync(CancellationToken.None);
        await WrittenAsync(8_192);
        await log.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Reload_AnotherFile_IsFollowed()
    {
        var log = await StartAsync();
        log.Take(Line(1));
        await WrittenAsync(1);
        _settings.Reload("Telemetry:KeyLog", File + ".other");
        log.Take(Line(2));
        await log.StopAsync(CancellationToken.None);

        Assert.Equal((2, 2), ((await ReadAsync(File)).Length, (await ReadAsync(File + ".other")).Length));
    }

    public void Dispose()
    {
        _settings.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private KeyLog New() => new(_settings.Monitor, _metrics, _time, _journal);

    private async Task<KeyLog> StartAsync()
    {
        var log = New();
        await log.StartAsync(CancellationToken.None);
        return log;
    }

    private (double Written, double Dropped, double Failed) Counted() =>
        (_metrics.KeyLogLines.WithLabels("written").Value, _metrics.KeyLogLines.WithLabels("dropped").Value,
            _metrics.KeyLogLines.WithLabels("failed").Value);

    private Task WrittenAsync(int lines) => UntilAsync(() => _metrics.KeyLogLines.WithLabels("written").Value == lines);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Soon);
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }

    private static Task<string[]> ReadAsync(string file) => System.IO.File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

    private static KeyLogLine Line(int number) =>
        new() { Row = "A", Key = (ulong)number, Epoch = 1, Cache = "stored", Bytes = 1_000, Ttl = 60 };

    private sealed class Journal : ILogger<KeyLog>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel} {formatter(state, exception)}");
    }
}
