using IslGateway.Caching.Sessions;
using IslGateway.Redis;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class MembershipTests
{
    private const string Secret = "secret";

    private readonly FakeTimeProvider _time = new();
    private readonly Membership _membership;

    public MembershipTests() => _membership = new Membership(_time);

    [Fact]
    public void Next_AtFirst_IsTooLateAndLearnsTheTime()
    {
        Assert.True(_membership.HasLapsed);
        Assert.Equal((0, false, false), Seen(_membership.Next(Secret, breaks: 0)!));

        _membership.Hear(new SessionBeatReply(5_000, null), breaks: 0);

        Assert.False(_membership.HasLapsed);
        Assert.False(_membership.IsIn(breaks: 0));
        Assert.Equal((5_000, false, false), Seen(_membership.Next(Secret, breaks: 0)!));
    }

    [Fact]
    public void Hear_CarriedOut_IsInUntilTheSignHasSurelyGone()
    {
        Enter(5_000, breaks: 0);
        _time.Advance(Membership.Lapse - TimeSpan.FromTicks(1));
        Assert.Equal((true, false), (_membership.IsIn(breaks: 0), _membership.HasLapsed));

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal((false, true), (_membership.IsIn(breaks: 0), _membership.HasLapsed));
    }

    [Fact]
    public void Lapse_Always_CoversABeatThatIsCarriedOutAtTheLastMomentAndTheSignThatItShows() =>
        Assert.True(Membership.Lapse > 2 * RedisSessions.SignLife);

    [Fact]
    public void Next_ByAnotherConnection_WaitsUntilTheOldSignHasGone()
    {
        Enter(5_000, breaks: 0);
        Assert.False(_membership.IsIn(breaks: 1));
        Assert.Null(_membership.Next(Secret, breaks: 1));

        _time.Advance(Membership.Lapse);

        Assert.Equal((0, true, true), Seen(_membership.Next(Secret, breaks: 1)!));
        Enter(9_000, breaks: 1);
        Assert.True(_membership.IsIn(breaks: 1));
        Assert.Equal((9_000, true, false), Seen(_membership.Next(Secret, breaks: 1)!));
    }

    [Fact]
    public void Hear_OnlyTheTime_ForgetsNobody()
    {
        Enter(5_000, breaks: 0, "another", _membership.Name);

        _membership.Hear(new SessionBeatReply(9_000, null), breaks: 0);

        Assert.Equal(["another"], _membership.Next(Secret, breaks: 0)!.Met);
    }

    [Fact]
    public void Leave_Always_IsNotInAnyMoreAndLapsesLater()
    {
        Enter(5_000, breaks: 0);
        _membership.Leave();
        Assert.Equal((false, false), (_membership.IsIn(breaks: 0), _membership.HasLapsed));
    }

    private static (long Base, bool WasThere, bool IsMoved) Seen(SessionBeat beat) => (beat.Base, beat.WasThere, beat.IsMoved);

    private void Enter(long now, int breaks, params string[] gateways) =>
        _membership.Hear(new SessionBeatReply(now, new SessionStanding(false, 0, null, gateways)), breaks);
}
