using IslGateway.Caching.Keys;
using IslGateway.Resilience;
using IslGateway.UnitTests.Caching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Resilience;

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
        for (var i = 0; i < 500; i++) _circuit.Take(poison, Outcome.Failing);
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
        for (var i = 0; i < successes; i++) _circuit.Take(Digest.Random(), Outcome.Healthy);
        Fail(20);
        Assert.Equal(isClosed, _circuit.IsClosed);
    }

    [Fact]
    public void Take_SilentOutcomes_CountNeitherWay()
    {
        for (var i = 0; i < 100; i++) _circuit.Take(Digest.Random(), Outcome.Silent);
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

        await probe.EndAsync(Outcome.Healthy);
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

            // However long the probe takes, there is no second.
            _time.Advance(TimeSpan.FromMinutes(3));
            Assert.Null(_circuit.TryProbe());
            await probe.EndAsync(Enum.Parse<Outcome>(outcome));
            Assert.Equal(("open", opens + 1L), (_circuit.Report().State, _circuit.Report().Opens));
            Assert.Equal(TimeSpan.FromSeconds(2), _circuit.RefusedFor);
        }
    }

    [Fact]
    public void Take_AfterItHasOpened_NeitherClosesNorProlongs()
    {
        Fail(20);
        _time.Advance(TimeSpan.FromSeconds(2.1));
        Fail(20);
        _circuit.Take(Digest.Random(), Outcome.Healthy);
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
        for (var i = 0; i < keys; i++) _circuit.Take(Digest.Random(), Outcome.Failing);
    }
}
