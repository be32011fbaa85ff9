using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class LeasePolicyTests
{
    [Theory]
    [InlineData(true, LeaseStanding.Held, LeaseStep.Fill)]
    [InlineData(false, LeaseStanding.Held, LeaseStep.Wait)]
    [InlineData(false, LeaseStanding.Nothing, LeaseStep.Wait)]
    [InlineData(false, LeaseStanding.NotStored, LeaseStep.FillWithout)]
    [InlineData(false, LeaseStanding.Damaged, LeaseStep.FillWithout)]
    public void Next_NoAnswerYet_GoesByTheLease(bool taken, object standing, object step) =>
        Assert.Equal(step, LeasePolicy.Next(ScriptedLeases.Seen(new LeaseLook(taken, (LeaseStanding)standing, null)), isPatient: true));

    [Theory]
    [InlineData(true, LeaseStanding.Held)]
    [InlineData(false, LeaseStanding.Held)]
    [InlineData(false, LeaseStanding.NotStored)]
    [InlineData(false, LeaseStanding.Damaged)]
    public void Next_AnswerIsThere_IsServedWhateverTheLeaseSays(bool taken, object standing) =>
        Assert.Equal(
            LeaseStep.Serve,
            LeasePolicy.Next(ScriptedLeases.Seen(new LeaseLook(taken, (LeaseStanding)standing, FoundAnswers.Found)), isPatient: true));

    [Fact]
    public void Next_PatienceIsOver_FillsWithoutUnlessThereIsSomething()
    {
        Assert.Equal(LeaseStep.FillWithout, LeasePolicy.Next(ScriptedLeases.Stands(LeaseStanding.Held), isPatient: false));
        Assert.Equal(LeaseStep.Fill, LeasePolicy.Next(ScriptedLeases.Taken, isPatient: false));
        Assert.Equal(
            LeaseStep.Serve,
            LeasePolicy.Next(ScriptedLeases.Seen(new LeaseLook(false, LeaseStanding.Held, FoundAnswers.Found)), isPatient: false));
    }

    [Theory]
    [InlineData(RedisTrouble.Timeout)]
    [InlineData(RedisTrouble.Unavailable)]
    [InlineData(RedisTrouble.Refused)]
    [InlineData(RedisTrouble.Garbage)]
    public void Next_Trouble_FillsWithout(object trouble) =>
        Assert.Equal(LeaseStep.FillWithout, LeasePolicy.Next(new RedisReply<LeaseLook>(null, (RedisTrouble)trouble), isPatient: true));

    [Theory]
    [InlineData(true, Reason.None, true)]
    [InlineData(false, Reason.None, false)]
    [InlineData(true, Reason.NoStoreRequested, false)]
    [InlineData(true, Reason.UnknownEpoch, false)]
    public void Concerns_Order_OnlyWhatMayBeSharedBothWays(bool acceptsStored, object notToStore, bool concerns) =>
        Assert.Equal(concerns, LeasePolicy.Concerns(Orders.Of(new(default)) with
        {
            AcceptsStored = acceptsStored,
            NotToStore = (Reason)notToStore,
        }));

    [Fact]
    public void RenewInterval_DefaultTtl_LeavesThreeTriesBeforeItExpires() =>
        Assert.Equal(TimeSpan.FromMilliseconds(300), LeasePolicy.RenewInterval(new LeaseOptions()));

    [Fact]
    public void Mark_Always_IsReadUnderItsOwnNameOnly()
    {
        Assert.Equal(LeaseStanding.Held, LeaseRecord.Read("a", LeaseRecord.Held("a", Digest.Random())));
        Assert.Equal(LeaseStanding.NotStored, LeaseRecord.Read("a", LeaseRecord.NotStored("a")));
        Assert.Equal(LeaseStanding.Nothing, LeaseRecord.Read("a", null));
        Assert.Equal(LeaseStanding.Damaged, LeaseRecord.Read("b", LeaseRecord.NotStored("a")));
        Assert.Equal(LeaseStanding.Damaged, LeaseRecord.Read("a", [.. LeaseRecord.Held("a", Digest.Random()), 0]));
        Assert.Equal(LeaseStanding.Damaged, LeaseRecord.Read("a", RedisRecord.Encode("a", [1])));
        Assert.Equal(LeaseStanding.Damaged, LeaseRecord.Read("a", []));
    }
}
