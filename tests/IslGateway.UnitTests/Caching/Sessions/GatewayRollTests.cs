using IslGateway.Caching.Sessions;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class GatewayRollTests
{
    private const string Secret = "5ec";
    private const string Other = "other.1~5ec";

    private readonly SteppedTime _time = new();
    private readonly GatewayRoll _roll;

    public GatewayRollTests() => _roll = new GatewayRoll(_time);

    [Fact]
    public void IsComplete_EveryGatewayShowsASign_IsTrue()
    {
        var self = Enter();
        Assert.True(_roll.IsComplete(self, [self, Other], Signs(self, Other)));
    }

    [Fact]
    public void IsComplete_AGatewayShowsNone_IsFalse()
    {
        var self = Enter();
        Assert.False(_roll.IsComplete(self, [self, Other], Signs(self)));
        Assert.False(_roll.IsComplete(self, [self, Other], Signs(Other)));
    }

    [Fact]
    public void IsComplete_NotOnTheRollOrUnderAnOlderName_IsFalse()
    {
        var old = Enter();
        _roll.Lose();
        Assert.False(_roll.IsComplete(old, [old], Signs(old)));
        _time.Advance(GatewayRoll.Lapse);
        var self = Enter();

        Assert.False(_roll.IsComplete(old, [old, self], Signs(old, self)));
        Assert.False(_roll.IsComplete(self, [old], Signs(self)));
        Assert.True(_roll.IsComplete(self, [old, self], Signs(self)));
    }

    [Fact]
    public void IsComplete_TheOtherHasEnteredAnew_ItsOldNameNeedsNoSign()
    {
        var self = Enter();
        Assert.True(_roll.IsComplete(self, [self, Other, "other.2~5ec"], Signs(self, "other.2~5ec")));
    }

    [Fact]
    public void IsComplete_RollLostMeanwhile_WaitsForWhoWasOnIt()
    {
        var old = Enter();
        _roll.Observe(old, [old, Other], Signs(old, Other));
        _roll.Lose();
        _time.Advance(GatewayRoll.Lapse);
        var self = Enter();

        Assert.False(_roll.IsComplete(self, [self], Signs(self)));
        Assert.Equal("other", _roll.Missing);
        _roll.Observe(self, [self, "other.2~5ec"], Signs(self, "other.2~5ec"));
        Assert.True(_roll.IsComplete(self, [self, "other.2~5ec"], Signs(self, "other.2~5ec")));
        Assert.Null(_roll.Missing);
    }

    /// <summary>What was asked of a Redis before it was lost says nothing of the one that is there afterwards.</summary>
    [Fact]
    public void Observe_ReplyComesAfterTheLoss_WaitsForTheOthersAllTheSame()
    {
        var old = Enter();
        _roll.Observe(old, [old, Other], Signs(old, Other));
        _roll.Lose();
        _roll.Observe(old, [old, Other], Signs(old, Other));
        _time.Advance(GatewayRoll.Lapse);
        _roll.Lose();
        var self = Enter();
        _roll.Observe(self, [self], Signs(self));

        Assert.False(_roll.IsComplete(self, [self], Signs(self)));
        Assert.Equal("other", _roll.Missing);
    }

    [Fact]
    public void IsComplete_RollLostAndTheOtherNeverComesBack_IsTrueInTheEnd()
    {
        var old = Enter();
        _roll.Observe(old, [old, Other], Signs(old, Other));
        _roll.Lose();
        _time.Advance(GatewayRoll.Lapse);
        var self = Enter();
        _time.Advance(GatewayRoll.MissingFor - GatewayRoll.Lapse - TimeSpan.FromTicks(1));
        _roll.Observe(self, [self], Signs(self));
        Assert.False(_roll.IsComplete(self, [self], Signs(self)));

        _time.Advance(TimeSpan.FromTicks(1));
        _roll.Observe(self, [self], Signs(self));

        Assert.True(_roll.IsComplete(self, [self], Signs(self)));
    }

    [Fact]
    public void IsComplete_TheOtherLeftInGoodOrder_IsTrueAtOnce()
    {
        var self = Enter();
        _roll.Observe(self, [self, Other], Signs(self, Other));
        _roll.Observe(self, [self], Signs(self));
        Assert.True(_roll.IsComplete(self, [self], Signs(self)));
        Assert.Null(_roll.Missing);
    }

    [Fact]
    public void Overdue_MissingThroughout_AfterItsTimeOnly()
    {
        var self = Enter();
        _roll.Observe(self, [self, Other], Signs(self));
        Assert.Equal("other", _roll.Missing);
        _time.Advance(GatewayRoll.MissingFor - TimeSpan.FromTicks(1));
        Assert.Empty(_roll.Overdue);

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal([Other], _roll.Overdue);
    }

    [Fact]
    public void Overdue_SeenInBetween_StartsAgain()
    {
        var self = Enter();
        _roll.Observe(self, [self, Other], Signs(self));
        _time.Advance(GatewayRoll.MissingFor / 2);
        _roll.Observe(self, [self, Other], Signs(self, Other));
        _roll.Observe(self, [self, Other], Signs(self));
        _time.Advance(GatewayRoll.MissingFor / 2);
        Assert.Empty(_roll.Overdue);
    }

    [Fact]
    public void Former_EarlierNames_AreThisGatewaysOnly()
    {
        var old = Enter();
        _roll.Lose();
        _time.Advance(GatewayRoll.Lapse);
        var self = Enter();
        _roll.Observe(self, [old, self, Other], Signs(self));
        Assert.Equal([old], _roll.Former);
    }

    [Fact]
    public void HasLapsed_AfterTheLastSign_TakesTwiceItsLife()
    {
        Assert.True(_roll.HasLapsed);
        Enter();
        _time.Advance(GatewayRoll.Lapse / 2);
        _roll.Signed();
        _time.Advance(GatewayRoll.Lapse - TimeSpan.FromMilliseconds(1));
        Assert.False(_roll.HasLapsed);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(_roll.HasLapsed);
        Assert.True(GatewayRoll.Lapse > 2 * GatewayRoll.Life);
    }

    [Fact]
    public void BeginEntry_OldSignMayBeThere_GivesNoName()
    {
        Enter();
        _roll.Lose();
        Assert.Null(_roll.BeginEntry(Secret));
        _time.Advance(GatewayRoll.Lapse);
        Assert.NotNull(_roll.BeginEntry(Secret));
    }

    [Fact]
    public void HasLapsed_DuringAnEntry_IsFalse()
    {
        var name = _roll.BeginEntry(Secret)!;
        Assert.False(_roll.HasLapsed);
        _roll.EndEntry(name, entered: false);
        Assert.True(_roll.HasLapsed);
    }

    [Fact]
    public void TrySign_EntryGivenUp_IsFalse()
    {
        var name = _roll.BeginEntry(Secret)!;
        _roll.EndEntry(name, entered: false);

        Assert.False(_roll.TrySign(name));
        Assert.Null(_roll.Self);
        Assert.NotEqual(name, _roll.BeginEntry(Secret));
    }

    [Theory]
    [InlineData("other.1~0ther")]
    [InlineData("other.1")]
    public void IsComplete_AGatewayHasAnotherSecret_IsFalseUntilEveryonesTokenIsRaised(string foreign)
    {
        var self = Enter();
        Assert.False(_roll.IsComplete(self, [self, foreign], Signs(self, foreign)));
        _roll.Observe(self, [self, foreign], Signs(self, foreign));
        Assert.True(_roll.IsMixed);
        Assert.Null(_roll.PassedMixture);

        _roll.Observe(self, [self], Signs(self));
        Assert.False(_roll.IsComplete(self, [self], Signs(self)));
        _roll.EndMixture(_roll.PassedMixture!.Value);

        Assert.True(_roll.IsComplete(self, [self], Signs(self)));
    }

    [Fact]
    public void EndMixture_AnotherHasBeenSeenSince_StaysMixed()
    {
        var self = Enter();
        _roll.Observe(self, [self, "other.1~0ther"], Signs(self));
        _roll.Observe(self, [self], Signs(self));
        var passed = _roll.PassedMixture!.Value;
        _roll.Observe(self, [self, "other.2~0ther"], Signs(self));
        _roll.Observe(self, [self], Signs(self));

        _roll.EndMixture(passed);

        Assert.True(_roll.IsMixed);
    }

    [Fact]
    public void Observe_ThisGatewayHadAnotherSecret_IsMixedUntilThatNameHasGone()
    {
        var old = Enter();
        _roll.Lose();
        _time.Advance(GatewayRoll.Lapse);
        var self = _roll.BeginEntry("0ther")!;
        _roll.Observe(self, [old, self], Signs(self));
        Assert.True(_roll.IsMixed);
        Assert.Null(_roll.PassedMixture);

        _roll.Observe(self, [self], Signs(self));

        Assert.NotNull(_roll.PassedMixture);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Overdue_ClockIsSet_ChangesNothing(int days)
    {
        var self = Enter();
        _roll.Observe(self, [self, Other], Signs(self));

        _time.Step = TimeSpan.FromDays(days);

        Assert.Empty(_roll.Overdue);
        _time.Advance(GatewayRoll.MissingFor);
        Assert.Equal([Other], _roll.Overdue);
    }

    private string Enter()
    {
        var name = _roll.BeginEntry(Secret)!;
        Assert.True(_roll.TrySign(name));
        _roll.EndEntry(name, entered: true);
        return name;
    }

    private static HashSet<string> Signs(params string[] names) => [.. names];
}
