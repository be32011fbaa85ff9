using IslGateway.Redis;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Redis;

/// <summary>Masters of a cluster are silent, and in trouble, each by itself.</summary>
public sealed class RedisNodeTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly RedisCheckup Prompt = new() { Answered = true, Prompt = true };

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _reply = new();
    private readonly RedisNode _whole;
    private readonly RedisNode _silent;
    private readonly RedisNode _other;

    public RedisNodeTests()
    {
        _whole = Of(whole: null);
        (_silent, _other) = (Of(_whole), Of(_whole));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Wait_OtherMasterReplies_TheSilenceOfTheOneAskedEndsIt(int asked)
    {
        var waiting = RedisNode.ForAsync(
            asked == 1 ? _silent.Alone : [_other, _silent], _reply.Task, Budget, Limit, TestContext.Current.CancellationToken).AsTask();
        Replies(30);

        var (silence, silent) = await waiting.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((Budget, _silent), (silence, silent));
    }

    [Fact]
    public async Task Wait_BothReplyToOthers_TheTurnIsWaitedFor()
    {
        var waiting = RedisNode.ForAsync(
            [_silent, _other], _reply.Task, Budget, Limit, TestContext.Current.CancellationToken).AsTask();
        for (var i = 0; i < 100; i++)
        {
            Replies(1);
            _silent.Hear();
        }

        Assert.False(waiting.IsCompleted);
        _reply.SetResult();
        Assert.Equal(TimeSpan.Zero, (await waiting.WaitAsync(Soon, TestContext.Current.CancellationToken)).Silence);
    }

    [Fact]
    public void Reply_OfAMaster_IsHeardOfTheWhole_AndOfNoOtherMaster()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        _other.Hear();

        Assert.Equal(
            (true, true, false),
            (_other.Replies.HasHeardWithin(Budget), _whole.Replies.HasHeardWithin(Budget), _silent.Replies.HasHeardWithin(Budget)));
    }

    [Fact]
    public void Looks_UnansweredTwice_KeepRequestsFromThatMasterAlone_UntilItIsPrompt()
    {
        _silent.Hear(default(RedisCheckup));
        Assert.False(_silent.Breaker.IsOpen);
        _silent.Hear(default(RedisCheckup));
        _other.Hear(Prompt);
        Assert.Equal((true, false, false), (_silent.Breaker.IsOpen, _other.Breaker.IsOpen, _whole.Breaker.IsOpen));

        _silent.Hear(new RedisCheckup { Answered = true });
        Assert.True(_silent.Breaker.IsOpen);
        _silent.Hear(Prompt);
        Assert.False(_silent.Breaker.IsOpen);
    }

    private RedisNode Of(RedisNode? whole) => new(_time, new RedisBreaker(_time), () => true, () => false, whole);

    /// <summary>Time passes, and the other master replies all the while.</summary>
    private void Replies(int milliseconds)
    {
        for (var i = 0; i < milliseconds; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            _other.Hear();
        }
    }
}
