using IslGateway.Redis;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Redis;

public sealed class RedisBreakerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RedisBreaker _breaker;

    public RedisBreakerTests() => _breaker = new RedisBreaker(_time);

    [Fact]
    public void Trip_Once_OpensAndSaysSo()
    {
        Assert.False(_breaker.Opened.IsCompleted);

        _breaker.Trip(_time.GetTimestamp());

        Assert.True(_breaker.IsOpen);
        Assert.True(_breaker.Opened.IsCompleted);
    }

    [Fact]
    public void Open_TimePasses_StaysOpenUntilAPromptAnswer()
    {
        _breaker.Trip(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromHours(1));
        _breaker.Hear(isPrompt: false);
        Assert.True(_breaker.IsOpen);

        _breaker.Hear(isPrompt: true);

        Assert.False(_breaker.IsOpen);
        Assert.False(_breaker.Opened.IsCompleted);
    }

    [Fact]
    public void Trip_ByACommandSentBeforeTheLastGoodAnswer_SaysNothingNew()
    {
        var begunAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(30));
        _breaker.Trip(begunAt);
        _breaker.Hear(isPrompt: true);

        _breaker.Trip(begunAt);

        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public void Trip_SoonAfterTheLastTrouble_NeedsTwiceAsManyAnswersUpToEight()
    {
        foreach (var needed in (int[])[1, 2, 4, 8, 8])
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _breaker.Trip(_time.GetTimestamp());
            Assert.Equal(needed, AnswersToClose());
        }
    }

    [Fact]
    public void Trip_LongAfterTheLastTrouble_NeedsOneAnswer()
    {
        for (var i = 0; i < 3; i++)
        {
            _breaker.Trip(_time.GetTimestamp());
            AnswersToClose();
        }

        _time.Advance(TimeSpan.FromSeconds(5));
        _breaker.Trip(_time.GetTimestamp());

        Assert.Equal(1, AnswersToClose());
    }

    [Fact]
    public void Hear_TroubleAmongGoodAnswers_BeginsAnew()
    {
        for (var i = 0; i < 2; i++)
        {
            _breaker.Trip(_time.GetTimestamp());
            AnswersToClose();
        }

        _breaker.Trip(_time.GetTimestamp());
        for (var i = 0; i < 3; i++) _breaker.Hear(isPrompt: true);
        _breaker.Hear(isPrompt: false);
        Assert.Equal(4, AnswersToClose());

        _breaker.Trip(_time.GetTimestamp());
        for (var i = 0; i < 7; i++) _breaker.Hear(isPrompt: true);
        _breaker.Trip(_time.GetTimestamp());
        Assert.Equal(8, AnswersToClose());
    }

    [Fact]
    public void Doubt_AgainAndAgainWhileOthersAreAnswered_EndsWithTheFirstPromptLook()
    {
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _breaker.Answered();
            _breaker.Doubt(_time.GetTimestamp());

            Assert.True(_breaker.Opened.IsCompleted);
            Assert.Equal(1, AnswersToClose());
        }

        _breaker.Trip(_time.GetTimestamp());
        Assert.Equal(1, AnswersToClose());
    }

    [Fact]
    public void Doubt_TheLookIsLateAsWell_IsTrouble()
    {
        _breaker.Trip(_time.GetTimestamp());
        AnswersToClose();
        _breaker.Doubt(_time.GetTimestamp());

        _breaker.Hear(isPrompt: false);

        Assert.Equal(2, AnswersToClose());
    }

    [Fact]
    public void Doubt_ThreeInARowAndNobodyIsAnswered_IsTrouble()
    {
        _breaker.Trip(_time.GetTimestamp());
        AnswersToClose();
        foreach (var needed in (int[])[1, 1, 2, 1])
        {
            _breaker.Doubt(_time.GetTimestamp());
            Assert.Equal(needed, AnswersToClose());
        }
    }

    [Fact]
    public void Doubt_OfACommandSentBeforeTheLastGoodAnswer_SaysNothingNew()
    {
        var begunAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(30));
        _breaker.Doubt(begunAt);
        AnswersToClose();

        _breaker.Doubt(begunAt);

        Assert.False(_breaker.IsOpen);
    }

    private int AnswersToClose()
    {
        var answers = 0;
        for (; _breaker.IsOpen; answers++) _breaker.Hear(isPrompt: true);
        return answers;
    }
}
