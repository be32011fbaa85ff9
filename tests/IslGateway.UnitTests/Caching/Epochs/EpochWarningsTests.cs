using IslGateway.Caching.Epochs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class EpochWarningsTests
{
    private static readonly Epoch A = new("fa", "1", "ba");
    private static readonly Epoch B = new("fb", "1", "bb");
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Journal _journal = new();
    private readonly Replica _replica;
    private readonly EpochWarnings _warnings;

    public EpochWarningsTests()
    {
        _replica = new Replica("r7", new Uri("http://r"), _time);
        _warnings = new EpochWarnings(_journal);
    }

    [Fact]
    public void Consider_BuildsInTurn_IsSaidOnceWhenItBeginsAndOnceWhenItEnds()
    {
        foreach (var epoch in (Epoch[])[A, B, A, B, A]) Poll(epoch);

        var (level, text) = Assert.Single(_journal.Lines);
        Assert.Equal(LogLevel.Warning, level);
        foreach (var part in (string[])["r7", A.ToString(), B.ToString()]) Assert.Contains(part, text, StringComparison.Ordinal);

        _time.Advance(Minute);
        Poll(A);
        Poll(A);
        Assert.Equal([LogLevel.Warning, LogLevel.Information], _journal.Lines.Select(line => line.Level));

        foreach (var epoch in (Epoch[])[B, A]) Poll(epoch);
        Assert.Equal([LogLevel.Warning, LogLevel.Information, LogLevel.Warning], _journal.Lines.Select(line => line.Level));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("unknown")]
    public void Consider_NoKnownBuild_IsSaidOncePerReplicaAndEpoch(string? build)
    {
        for (var i = 0; i < 3; i++) Poll(new Epoch("f1", "1", build));
        for (var i = 0; i < 3; i++) Poll(new Epoch("f2", "1", build));
        var other = new Replica("r8", new Uri("http://r8"), _time);
        _warnings.Consider(other, null, new Epoch("f2", "1", build), Minute, isContradicted: false);

        Assert.Equal([LogLevel.Warning, LogLevel.Warning, LogLevel.Warning], _journal.Lines.Select(line => line.Level));
        Assert.Contains("r8", _journal.Lines[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Consider_EverNewEpochsWithoutBuild_IsSaidSixteenTimesAtMost()
    {
        for (var i = 0; i < 100; i++) Poll(new Epoch($"f{i}", "1", null));
        Assert.Equal(16, _journal.Lines.Count);
    }

    [Fact]
    public void Forget_ReplicaThatIsGone_IsWarnedAboutAnewWhenItComesBack()
    {
        Poll(new Epoch("f", "1", null));
        _warnings.Forget([_replica]);
        Poll(new Epoch("f", "1", null));
        Assert.Single(_journal.Lines);

        _warnings.Forget([]);
        Poll(new Epoch("f", "1", null));
        Assert.Equal(2, _journal.Lines.Count);
    }

    [Fact]
    public void Consider_AnswersThatKeepNamingAnotherEpoch_IsSaidOnceForEachThatHealthKeepsTo()
    {
        for (var i = 0; i < 20; i++)
        {
            Poll(A);
            _replica.Witness(B.Fingerprint, B.Build);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var (level, text) = Assert.Single(_journal.Lines);
        Assert.Equal(LogLevel.Warning, level);
        foreach (var part in (string[])["r7", A.ToString(), "name another"]) Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Consider_LastAnswersOfTheProcessBefore_IsNotSaid()
    {
        Poll(A);
        Poll(B);
        _replica.Witness(A.Fingerprint, A.Build);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 5; i++) Poll(B);

        Assert.Empty(_journal.Lines);
    }

    private void Poll(Epoch epoch)
    {
        var (before, isContradicted) = (_replica.Polled, _replica.Epoch is null);
        _replica.Report(epoch, _time.GetTimestamp(), Minute);
        _warnings.Consider(_replica, before, epoch, Minute, isContradicted);
    }

    private sealed class Journal : ILogger
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, formatter(state, exception)));
    }
}
