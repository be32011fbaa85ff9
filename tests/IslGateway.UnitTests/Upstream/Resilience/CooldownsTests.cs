using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream;
using IslGateway.Upstream.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class CooldownsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly Cooldowns _cooldowns;
    private readonly Digest _poison = Digest.Random();

    public CooldownsTests() => _cooldowns = new Cooldowns(_settings.Monitor, new GatewayMetrics(), _time, NullLogger<Cooldowns>.Instance);

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void Begin_AfterFiveFailures_IsRefusedAlone()
    {
        Fail(4);
        Assert.Null(_cooldowns.RefusedFor(_poison));
        Fail(1);
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.RefusedFor(_poison));
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.Begin(_poison));
        Assert.Null(_cooldowns.Begin(Digest.Random()));
        Assert.Equal(1, _cooldowns.Cooled);
    }

    [Fact]
    public void Begin_FailuresUnderAnUnknownCredential_AreRefusedToItAlone()
    {
        var (stranger, another) = (new Credential(Digest.Random()), new Credential(Digest.Random()));
        for (var i = 0; i < 5; i++)
        {
            Assert.Null(_cooldowns.Begin(_poison, stranger));
            _cooldowns.End(_poison, "causal", Outcome.Failing, stranger);
        }

        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.Begin(_poison, stranger));
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.RefusedFor(_poison, stranger));
        Assert.Null(_cooldowns.RefusedFor(_poison, another));
        Assert.Null(_cooldowns.Begin(_poison, another));
        Assert.Null(_cooldowns.Begin(_poison));
    }

    [Fact]
    public void Begin_QuestionThatFailsThoseWhoAreKnown_IsRefusedToStrangersAndTheyDoNotProbeIt()
    {
        var stranger = new Credential(Digest.Random());
        Fail(5);
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.Begin(_poison, stranger));
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.RefusedFor(_poison, stranger));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_cooldowns.Begin(_poison, stranger));
        _cooldowns.End(_poison, "causal", Outcome.Failing, stranger);
        Assert.Null(_cooldowns.Begin(_poison));
    }

    [Fact]
    public void Begin_FailuresSpreadOverMoreThanTheWindow_IsNotRefused()
    {
        for (var i = 0; i < 50; i++)
        {
            Fail(1);
            _time.Advance(TimeSpan.FromSeconds(7.6));
        }

        Assert.Null(_cooldowns.RefusedFor(_poison));
    }

    [Fact]
    public void End_EachProbeThatFails_DoublesTheBreakUpToTheLongest()
    {
        Fail(5);
        foreach (var seconds in (int[])[2, 4, 8, 16, 32, 60, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _cooldowns.RefusedFor(_poison));
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.NotNull(_cooldowns.Begin(_poison));
            _time.Advance(TimeSpan.FromMilliseconds(1));

            // One is let through, and no other while it is under way.
            Assert.Null(_cooldowns.Begin(_poison));
            Assert.NotNull(_cooldowns.Begin(_poison));
            Assert.NotNull(_cooldowns.RefusedFor(_poison));
            _cooldowns.End(_poison, "causal", Outcome.Failing);
        }
    }

    [Fact]
    public void End_ProbeThatSucceeds_ForgetsEverything()
    {
        Fail(5);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_cooldowns.Begin(_poison));
        _cooldowns.End(_poison, "causal", Outcome.Healthy);
        Fail(4);
        Assert.Null(_cooldowns.RefusedFor(_poison));
        Fail(1);
        Assert.Equal(TimeSpan.FromSeconds(2), _cooldowns.RefusedFor(_poison));
    }

    [Fact]
    public void End_ProbeThatSaysNothing_LetsTheNextOneThrough()
    {
        Fail(5);
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(_cooldowns.Begin(_poison));
            _cooldowns.End(_poison, "causal", Outcome.Silent);
        }
    }

    [Fact]
    public void End_SuccessAmongFailures_StartsTheCountAfresh()
    {
        Fail(4);
        _cooldowns.End(_poison, "causal", Outcome.Healthy);
        Fail(4);
        Assert.Null(_cooldowns.RefusedFor(_poison));
    }

    [Fact]
    public void Settings_Reloaded_Follow()
    {
        _settings.Reload("Cooldown:Failures", "2");
        _settings.Reload("Cooldown:FirstBreak", "7s");
        Fail(2);
        Assert.Equal(TimeSpan.FromSeconds(7), _cooldowns.RefusedFor(_poison));
    }

    [Fact]
    public void End_VeryManyQuestions_AreNotAllRemembered()
    {
        _settings.Reload("Cooldown:Failures", "1");
        for (var i = 0; i < 30_000; i++) _cooldowns.End(Digest.Random(), "causal", Outcome.Failing);
        Assert.InRange(_cooldowns.Cooled, 4_000, 8_192);
    }

    [Fact]
    public void End_ManyQuestionsCool_WarnsOncePerTenSecondsWithTheirNumbers()
    {
        _settings.Reload("Cooldown:Failures", "1");
        var lines = new List<string>();
        var cooldowns = new Cooldowns(_settings.Monitor, new GatewayMetrics(), _time, new Recorder(lines));
        for (var i = 0; i < 100; i++) cooldowns.End(Digest.Random(), "causal", Outcome.Failing);
        Assert.StartsWith("1 questions", Assert.Single(lines), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        for (var i = 0; i < 7; i++) cooldowns.End(Digest.Random(), "causal", Outcome.Failing);
        Assert.Single(lines);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        cooldowns.End(Digest.Random(), "causal", Outcome.Failing);
        Assert.Equal(2, lines.Count);
        Assert.StartsWith("8 questions", lines[1], StringComparison.Ordinal);
        Assert.Contains("107 such breaks", lines[1], StringComparison.Ordinal);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Null(_cooldowns.Begin(_poison));
            _cooldowns.End(_poison, "causal", Outcome.Failing);
        }
    }

    /// <summary>Keeps what an operator sees.</summary>
    private sealed class Recorder(List<string> lines) : ILogger<Cooldowns>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Information) lines.Add(formatter(state, exception));
        }
    }
}
