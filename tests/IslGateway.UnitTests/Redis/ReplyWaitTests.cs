using IslGateway.Redis;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Redis;

/// <summary>How long a request waits for Redis: by silence, and its turn by a limit.</summary>
public sealed class ReplyWaitTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _reply = new();
    private readonly ReplyWait _wait;
    private bool _isOwed = true;
    private Task _line = Task.CompletedTask;

    public ReplyWaitTests() => _wait = new ReplyWait(_time, () => _isOwed, () => _line);

    [Fact]
    public async Task Silence_ForTheBudget_EndsTheWait()
    {
        var waiting = StartAsync();
        Pass(29);
        Assert.False(waiting.IsCompleted);
        Pass(1);
        Assert.Equal(Budget, await waiting);
    }

    [Fact]
    public async Task RepliesToOthers_OneEvery20Milliseconds_TheTurnIsWaitedFor()
    {
        var waiting = StartAsync();
        for (var i = 0; i < 10; i++)
        {
            Pass(20);
            _wait.Hear();
        }

        Assert.False(waiting.IsCompleted);
        _reply.SetResult();
        Assert.Equal(TimeSpan.Zero, await waiting);
    }

    [Fact]
    public async Task RepliesToOthers_WithoutEnd_TheLimitEndsTheWait()
    {
        var waiting = StartAsync();
        var passed = 0;
        for (; !waiting.IsCompleted && passed < 1_000; passed++)
        {
            Pass(1);
            _wait.Hear();
        }

        Assert.InRange(passed, 250, 280);
        Assert.InRange(await waiting, TimeSpan.Zero, Budget);
    }

    [Fact]
    public async Task RepliesToOthers_ThenSilence_CountsFromTheLast()
    {
        var waiting = StartAsync();
        Pass(25);
        _wait.Hear();
        Pass(5);
        Assert.False(waiting.IsCompleted);
        Pass(24);
        Assert.False(waiting.IsCompleted);
        Pass(1);
        Assert.Equal(Budget, await waiting);
    }

    [Fact]
    public async Task RepliesBeforeTheQuestion_AreNone()
    {
        _wait.Hear();
        Pass(1);
        var waiting = StartAsync();
        Pass(30);
        Assert.Equal(Budget, await waiting);
    }

    /// <summary>The process did not run: the timer comes late. That is not counted, and not for ever.</summary>
    [Fact]
    public async Task OwnPause_IsNoSilence_ForTwoSeconds()
    {
        var waiting = StartAsync();
        for (var passed = 0; passed < 2_000; passed += 200)
        {
            Pass(200);
            Assert.False(waiting.IsCompleted);
        }

        Pass(200);
        Assert.InRange(await waiting, Budget, TimeSpan.MaxValue);
    }

    /// <summary>The reply is here, behind other work of this process.</summary>
    [Fact]
    public async Task LineOfThisProcess_BeforeTheReply_IsWaitedFor()
    {
        var line = new TaskCompletionSource();
        _line = line.Task;
        var waiting = StartAsync();
        Pass(30);
        Pass(400);
        Assert.False(waiting.IsCompleted);
        _reply.SetResult();
        line.SetResult();
        Assert.Equal(TimeSpan.Zero, await waiting);
    }

    /// <summary>Redis has replied to all, and this process has not come to it.</summary>
    [Fact]
    public async Task NothingOwed_IsNoSilence_UpToTheLimit()
    {
        _isOwed = false;
        var waiting = StartAsync();
        for (var i = 0; i < 24; i++) Pass(10);
        Assert.False(waiting.IsCompleted);
        for (var i = 0; i < 4; i++) Pass(10);
        Assert.True(waiting.IsCompleted);
        await waiting;
    }

    [Fact]
    public async Task Cancelled_EndsAtOnce()
    {
        using var leaving = new CancellationTokenSource();
        var waiting = _wait.ForAsync(_reply.Task, Budget, Limit, leaving.Token).AsTask();
        await leaving.CancelAsync();
        Assert.Equal(TimeSpan.Zero, await waiting);
    }

    private Task<TimeSpan> StartAsync() => _wait.ForAsync(_reply.Task, Budget, Limit, TestContext.Current.CancellationToken).AsTask();

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
