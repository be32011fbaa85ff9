using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream;
using IslGateway.Upstream.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class PoisonRequestsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly PoisonRequests _poisonRequests;
    private readonly Digest _poison = Digest.Random();

    public PoisonRequestsTests() =>
        _poisonRequests = new PoisonRequests(_settings.Monitor, new GatewayMetrics(), _time, NullLogger<PoisonRequests>.Instance);

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void Begin_AfterFiveFailures_IsRefusedAlone()
    {
        Fail(4);
        Assert.Null(_poisonRequests.RefusedFor(_poison));
        Fail(1);
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.RefusedFor(_poison));
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.Begin(_poison));
        Assert.Null(_poisonRequests.Begin(Digest.Random()));
        Assert.Equal(1, _poisonRequests.Cooled);
    }

    [Fact]
    public void Begin_FailuresUnderAnUnknownCredential_AreRefusedToItAlone()
    {
        var (stranger, another) = (new Credential(Digest.Random()), new Credential(Digest.Random()));
        for (var i = 0; i < 5; i++)
        {
            Assert.Null(_poisonRequests.Begin(_poison, stranger));
            _poisonRequests.End(_poison, "causal", CallVerdict.Failing, stranger);
        }

        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.Begin(_poison, stranger));
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.RefusedFor(_poison, stranger));
        Assert.Null(_poisonRequests.RefusedFor(_poison, another));
        Assert.Null(_poisonRequests.Begin(_poison, another));
        Assert.Null(_poisonRequests.Begin(_poison));
    }

    [Fact]
    public void Begin_QuestionThatFailsThoseWhoAreKnown_IsRefusedToStrangersAndTheyDoNotProbeIt()
    {
        var stranger = new Credential(Digest.Random());
        Fail(5);
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.Begin(_poison, stranger));
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.RefusedFor(_poison, stranger));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_poisonRequests.Begin(_poison, stranger));
        _poisonRequests.End(_poison, "causal", CallVerdict.Failing, stranger);
        Assert.Null(_poisonRequests.Begin(_poison));
    }

    [Fact]
    public void Begin_FailuresSpreadOverMoreThanTheWindow_IsNotRefused()
    {
        for (var i = 0; i < 50; i++)
        {
            Fail(1);
            _time.Advance(TimeSpan.FromSeconds(7.6));
        }

        Assert.Null(_poisonRequests.RefusedFor(_poison));
    }

    [Fact]
    public void End_EachProbeThatFails_DoublesTheBreakUpToTheLongest()
    {
        Fail(5);
        foreach (var seconds in (int[])[2, 4, 8, 16, 32, 60, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _poisonRequests.RefusedFor(_poison));
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.NotNull(_poisonRequests.Begin(_poison));
            _time.Advance(TimeSpan.FromMilliseconds(1));

            // One is let through, and no other while it is under way.
            Assert.Null(_poisonRequests.Begin(_poison));
            Assert.NotNull(_poisonRequests.Begin(_poison));
            Assert.NotNull(_poisonRequests.RefusedFor(_poison));
            _poisonRequests.End(_poison, "causal", CallVerdict.Failing);
        }
    }

    [Fact]
    public void End_ProbeThatSucceeds_ForgetsEverything()
    {
        Fail(5);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_poisonRequests.Begin(_poison));
        _poisonRequests.End(_poison, "causal", CallVerdict.Healthy);
        Fail(4);
        Assert.Null(_poisonRequests.RefusedFor(_poison));
        Fail(1);
        Assert.Equal(TimeSpan.FromSeconds(2), _poisonRequests.RefusedFor(_poison));
    }

    [Fact]
    public void End_ProbeThatSaysNothing_LetsTheNextOneThrough()
    {
        Fail(5);
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(_poisonRequests.Begin(_poison));
            _poisonRequests.End(_poison, "causal", CallVerdict.Silent);
        }
    }

    [Fact]
    public void End_SuccessAmongFailures_StartsTheCountAfresh()
    {
        Fail(4);
        _poisonRequests.End(_poison, "causal", CallVerdict.Healthy);
        Fail(4);
        Assert.Null(_poisonRequests.RefusedFor(_poison));
    }

    [Fact]
    public void Settings_Reloaded_Follow()
    {
        _settings.Reload("Cooldown:Failures", "2");
        _settings.Reload("Cooldown:FirstBreak", "7s");
        Fail(2);
        Assert.Equal(TimeSpan.FromSeconds(7), _poisonRequests.RefusedFor(_poison));
    }

    [Fact]
    public void End_VeryManyQuestions_AreNotAllRemembered()
    {
        _settings.Reload("Cooldown:Failures", "1");
        for (var i = 0; i < 30_000; i++) _poisonRequests.End(Digest.Random(), "causal", CallVerdict.Failing);
        Assert.InRange(_poisonRequests.Cooled, 4_000, 8_192);
    }

    [Fact]
    public void End_ManyQuestionsCool_WarnsOncePerTenSecondsWithTheirNumbers()
    {
        _settings.Reload("Cooldown:Failures", "1");
        var lines = new List<string>();
        var poisonRequests = new PoisonRequests(_settings.Monitor, new GatewayMetrics(), _time, new Recorder(lines));
        for (var i = 0; i < 100; i++) poisonRequests.End(Digest.Random(), "causal", CallVerdict.Failing);
        Assert.StartsWith("1 questions", Assert.Single(lines), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        for (var i = 0; i < 7; i++) poisonRequests.End(Digest.Random(), "causal", CallVerdict.Failing);
        Assert.Single(lines);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        poisonRequests.End(Digest.Random(), "causal", CallVerdict.Failing);
        Assert.Equal(2, lines.Count);
        Assert.StartsWith("8 questions", lines[1], StringComparison.Ordinal);
        Assert.Contains("107 such breaks", lines[1], StringComparison.Ordinal);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Null(_poisonRequests.Begin(_poison));
            _poisonRequests.End(_poison, "causal", CallVerdict.Failing);
        }
    }

    /// <summary>Keeps what an operator sees.</summary>
    private sealed class Recorder(List<string> lines) : ILogger<PoisonRequests>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Information) lines.Add(formatter(state, exception));
        }
    }
}
