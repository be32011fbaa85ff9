using IslGateway.UnitTests.Caching;
using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using IslGateway.Upstream.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class UpstreamRetryTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 20, 12, 0, 0, TimeSpan.Zero));
    private readonly LiveSettings _settings = new();
    private readonly UpstreamRetry _retrying;
    private readonly List<string> _sends = [];
    private int _sendsPerAttempt = 1;
    private int _attempts;

    public UpstreamRetryTests() => _retrying = new UpstreamRetry(_settings.Monitor, _time);

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(200, 1)]
    [InlineData(400, 1)]
    [InlineData(401, 1)]
    [InlineData(404, 1)]
    [InlineData(422, 1)]
    [InlineData(429, 1)]
    [InlineData(500, 1)]
    [InlineData(501, 1)]
    [InlineData(502, 2)]
    [InlineData(503, 2)]
    [InlineData(504, 1)]
    public async Task ExecuteAsync_Status_OnlyBadGatewayAndUnavailableAreTriedOnceMore(int status, int attempts)
    {
        var answer = IslAnswers.Json("{}", status);
        Assert.Same(answer, await ExecuteAsync(answer));
        Assert.Equal(attempts, _attempts);
    }

    [Theory]
    [InlineData("Unreachable", 2)]
    [InlineData("ConnectionEnded", 2)]
    [InlineData("NoReplica", 1)]
    [InlineData("Truncated", 2)]
    [InlineData("TimedOut", 1)]
    [InlineData("Invalid", 1)]
    [InlineData("OverBudget", 1)]
    public async Task ExecuteAsync_Failure_OnlyOfTransportIsTriedOnceMore(string failure, int attempts)
    {
        await ExecuteAsync(IslAnswers.Failed(Enum.Parse<UpstreamFailure>(failure)));
        Assert.Equal(attempts, _attempts);
    }

    [Theory]
    [InlineData("0", 2)]
    [InlineData("2", 1)]
    [InlineData("30", 1)]
    [InlineData("-1", 1)]
    [InlineData("0.5", 1)]
    [InlineData("soon", 1)]
    [InlineData("", 1)]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", 2)]
    [InlineData("Tue, 20 Jan 2026 12:00:02 GMT", 1)]
    [InlineData("Tue, 20 Jan 2026 12:00:00", 1)]
    [InlineData("99999999999999999999", 1)]
    public async Task ExecuteAsync_RetryAfter_LongerThanASecondOrUnreadableMeansNoRetry(string value, int attempts)
    {
        await ExecuteAsync(IslAnswers.Json("{}", 503, ("Retry-After", value)));
        Assert.Equal(attempts, _attempts);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("1")]
    [InlineData("Tue, 20 Jan 2026 12:00:01 GMT")]
    public async Task ExecuteAsync_RetryAfterOfASecond_IsWaitedFor(string value)
    {
        var running = ExecuteAsync(IslAnswers.Json("{}", 503, ("Retry-After", value)), IslAnswers.Json("{}"));

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal((1, false), (_attempts, running.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(200, (await running.WaitAsync(TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(2, _attempts);
    }

    [Fact]
    public async Task ExecuteAsync_SecondAttemptSucceeds_IsTheAnswer()
    {
        Assert.Equal(200, (await ExecuteAsync(IslAnswers.Failed(UpstreamFailure.Unreachable), IslAnswers.Json("{}"))).StatusCode);
        Assert.Equal(2, _attempts);
    }

    [Fact]
    public async Task ExecuteAsync_SecondAttemptFailsOtherwise_IsNotTriedAgain()
    {
        var answers = (UpstreamAnswer[])[IslAnswers.Json("{}", 502), IslAnswers.Json("{}", 503), IslAnswers.Json("{}")];
        Assert.Equal(503, (await ExecuteAsync(answers)).StatusCode);
        Assert.Equal(2, _attempts);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("3", 4)]
    public async Task ExecuteAsync_MaxAttempts_FollowsAReload(string more, int attempts)
    {
        _settings.Reload("Retry:MaxAttempts", more);
        await ExecuteAsync(IslAnswers.Json("{}", 502));
        Assert.Equal(attempts, _attempts);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("2", 2)]
    [InlineData("3", 2)]
    public async Task ExecuteAsync_AttemptsThatSendTwice_CountAsTwo(string more, int attempts)
    {
        _settings.Reload("Retry:MaxAttempts", more);
        _sendsPerAttempt = 2;
        await ExecuteAsync(IslAnswers.Failed(UpstreamFailure.ConnectionEnded));
        Assert.Equal(attempts, _attempts);
    }

    [Fact(Timeout = 60_000)]
    public async Task ExecuteAsync_MaxWait_FollowsAReload()
    {
        _settings.Reload("Retry:MaxWait", "3s");
        var running = ExecuteAsync(IslAnswers.Json("{}", 503, ("Retry-After", "3")), IslAnswers.Json("{}"));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(200, (await running.WaitAsync(TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task ExecuteAsync_AnswerThatStreamsOn_IsNotTriedAgain()
    {
        var rest = System.IO.Pipelines.PipeReader.Create(Stream.Null);
        await ExecuteAsync(IslAnswers.Json("{}", 503) with { Rest = rest });
        Assert.Equal(1, _attempts);
    }

    /// <summary>Runs attempts that end in these answers, one after the other; the last for all that follow.</summary>
    private Task<UpstreamAnswer> ExecuteAsync(params UpstreamAnswer[] answers) =>
        _retrying.RunAsync(
            _ =>
            {
                for (var sent = 0; sent < _sendsPerAttempt; sent++) _sends.Add("r1");
                return ValueTask.FromResult(answers[Math.Min(_attempts++, answers.Length - 1)]);
            },
            _sends, TestContext.Current.CancellationToken).AsTask();
}
