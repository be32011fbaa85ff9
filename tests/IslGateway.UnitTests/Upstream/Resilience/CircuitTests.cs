using IslGateway.Content;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class CircuitTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly Circuit _circuit;

    public CircuitTests() => _circuit = new Circuit("r1", "causal", _settings.Monitor, _time, NullLogger.Instance);

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void Take_TwentyDifferentFailingKeys_OpensAndNotOneBefore()
    {
        Fail(19);
        Assert.True(_circuit.IsClosed);
        Fail(1);
        Assert.Equal((false, "open"), (_circuit.IsClosed, _circuit.Report().State));
        Assert.Equal(TimeSpan.FromSeconds(2), _circuit.RefusedFor);
    }

    [Fact]
    public void Take_OneKeyFailingOften_StaysClosed()
    {
        var poison = Digest.Random();
        for (var i = 0; i < 500; i++) _circuit.Take(poison, CallVerdict.Failing);
        Fail(18);
        Assert.Equal((true, 19), (_circuit.IsClosed, _circuit.Report().FailingKeys));

        // Nor do its repetitions hide that all the others fail as well.
        Fail(1);
        Assert.False(_circuit.IsClosed);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(21, true)]
    public void Take_SuccessesBetween_HalfOfAllMustFail(int successes, bool isClosed)
    {
        for (var i = 0; i < successes; i++) _circuit.Take(Digest.Random(), CallVerdict.Healthy);
        Fail(20);
        Assert.Equal(isClosed, _circuit.IsClosed);
    }

    [Fact]
    public void Take_SilentOutcomes_CountNeitherWay()
    {
        for (var i = 0; i < 100; i++) _circuit.Take(Digest.Random(), CallVerdict.Silent);
        Assert.True(_circuit.IsClosed);
        Fail(20);
        Assert.False(_circuit.IsClosed);
    }

    [Fact]
    public void Take_FailuresOlderThanTheWindow_AreForgotten()
    {
        Fail(19);
        _time.Advance(TimeSpan.FromSeconds(10.1));
        Fail(1);
        Assert.Equal((true, 1), (_circuit.IsClosed, _circuit.Report().FailingKeys));
    }

    [Fact]
    public async Task TryProbe_AfterTheBreak_LetsOneThroughWhoseSuccessCloses()
    {
        Fail(20);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Null(_circuit.TryProbe());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(_circuit.RefusedFor);

        var probe = _circuit.TryProbe();
        Assert.NotNull(probe);
        Assert.Equal("half-open", _circuit.Report().State);
        Assert.Null(_circuit.TryProbe());
        Assert.NotNull(_circuit.RefusedFor);

        await probe.EndAsync(CallVerdict.Healthy);
        Assert.Equal((true, "closed", 0), (_circuit.IsClosed, _circuit.Report().State, _circuit.Report().FailingKeys));
        Fail(19);
        Assert.True(_circuit.IsClosed);
    }

    [Theory]
    [InlineData("Failing")]
    [InlineData("Silent")]
    public async Task TryProbe_ThatFailsOrSaysNothing_OpensForAnotherBreakAndWedgesNothing(string outcome)
    {
        Fail(20);
        for (var opens = 1; opens < 4; opens++)
        {
            _time.Advance(TimeSpan.FromSeconds(2.1));
            var probe = _circuit.TryProbe();
            Assert.NotNull(probe);
            _time.Advance(TimeSpan.FromSeconds(1.9));
            Assert.Null(_circuit.TryProbe());
            await probe.EndAsync(Enum.Parse<CallVerdict>(outcome));
            Assert.Equal(("open", opens + 1L), (_circuit.Report().State, _circuit.Report().Opens));
            Assert.Equal(TimeSpan.FromSeconds(2), _circuit.RefusedFor);
        }
    }

    [Theory]
    [InlineData("Healthy", "closed")]
    [InlineData("Failing", "open")]
    public async Task TryProbe_WhileTheFirstComputes_LetsOneMoreThroughEachBreakAndTheFirstToEndDecides(string outcome, string state)
    {
        Fail(20);
        _time.Advance(TimeSpan.FromSeconds(2.1));
        var slow = _circuit.TryProbe();
        Assert.NotNull(slow);
        var later = new List<CircuitProbe>();
        for (var more = 0; more < 3; more++)
        {
            Assert.Null(_circuit.TryProbe());
            Assert.Equal(TimeSpan.FromSeconds(2), _circuit.RefusedFor);
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.Null(_circuit.RefusedFor);
            later.Add(Assert.IsType<CircuitProbe>(_circuit.TryProbe()));
            Assert.Equal("half-open", _circuit.Report().State);
        }

        await later[0].EndAsync(CallVerdict.Silent);
        Assert.Equal("half-open", _circuit.Report().State);
        await later[2].EndAsync(Enum.Parse<CallVerdict>(outcome));
        Assert.Equal(state, _circuit.Report().State);

        // What the others say comes too late.
        await later[1].EndAsync(CallVerdict.Failing);
        await slow.EndAsync(CallVerdict.Healthy);
        Assert.Equal((state, state == "open" ? 2L : 1L), (_circuit.Report().State, _circuit.Report().Opens));
    }

    [Fact]
    public async Task TryProbe_AllSayNothing_OpensAgain()
    {
        Fail(20);
        _time.Advance(TimeSpan.FromSeconds(2.1));
        var first = _circuit.TryProbe()!;
        _time.Advance(TimeSpan.FromSeconds(2.1));
        var second = _circuit.TryProbe()!;
        await first.EndAsync(CallVerdict.Silent);
        await first.EndAsync(CallVerdict.Silent);
        Assert.Equal("half-open", _circuit.Report().State);
        await second.EndAsync(CallVerdict.Silent);
        Assert.Equal("open", _circuit.Report().State);
    }

    [Fact]
    public async Task TryProbe_WallClockSetBackWhileOpen_IsLetThroughAllTheSame()
    {
        var clock = new SettableClock(_time);
        var circuit = new Circuit("r1", "causal", _settings.Monitor, clock, NullLogger.Instance);
        for (var i = 0; i < 20; i++) circuit.Take(Digest.Random(), CallVerdict.Failing);
        clock.Offset = TimeSpan.FromHours(-1);
        _time.Advance(TimeSpan.FromSeconds(2.1));

        var probe = circuit.TryProbe();

        Assert.NotNull(probe);
        await probe.EndAsync(CallVerdict.Healthy);
        Assert.True(circuit.IsClosed);
    }

    [Fact]
    public void Take_AfterItHasOpened_NeitherClosesNorProlongs()
    {
        Fail(20);
        _time.Advance(TimeSpan.FromSeconds(2.1));
        Fail(20);
        _circuit.Take(Digest.Random(), CallVerdict.Healthy);
        Assert.Equal(("open", 1L), (_circuit.Report().State, _circuit.Report().Opens));
        Assert.NotNull(_circuit.TryProbe());
    }

    [Fact]
    public void Settings_Reloaded_Follow()
    {
        _settings.Reload("Circuit:MinimumFailures", "3");
        _settings.Reload("Circuit:BreakDuration", "5s");
        Fail(3);
        Assert.Equal(TimeSpan.FromSeconds(5), _circuit.RefusedFor);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Null(_circuit.TryProbe());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.NotNull(_circuit.TryProbe());
    }

    private void Fail(int keys)
    {
        for (var i = 0; i < keys; i++) _circuit.Take(Digest.Random(), CallVerdict.Failing);
    }

    /// <summary>A clock whose time of day is set, as an operator does, while time goes on.</summary>
    private sealed class SettableClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
