using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.UnitTests.Caching.Sessions;
using IslGateway.UnitTests.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Answers;

/// <summary>How old a stored answer is and how long it lives, by time that only goes forward.</summary>
public sealed class StoredAnswerTests
{
    private static readonly Lifetime Long = new(TimeSpan.FromDays(300), TimeSpan.FromDays(300));

    private readonly SteppedTime _time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    [InlineData(-36_000)]
    public void Ages_WhateverTheClockIsSetTo_AreByTimeThatPasses(int step)
    {
        var answer = Stored();
        _time.Advance(TimeSpan.FromMinutes(40));
        _time.Step = TimeSpan.FromSeconds(step);

        Assert.Equal(TimeSpan.FromMinutes(40), answer.KeptFor(_time));
        Assert.Equal(TimeSpan.FromMinutes(80), answer.Remaining(_time));
        var hit = Hit(answer, Long);
        Assert.Equal(
            (TimeSpan.FromMinutes(45), TimeSpan.FromMinutes(20), true, false), (hit.Age, hit.TtlLeft, hit.IsFresh, hit.MayStandIn));
    }

    /// <summary>An answer with an hour of freshness and one more to stand in, both as its row had it.</summary>
    [Theory]
    [InlineData(59, 60, 60, true, false)]
    [InlineData(60, 60, 60, false, true)]
    [InlineData(119, 60, 60, false, true)]
    [InlineData(120, 60, 60, false, false)]
    [InlineData(60, 600, 60, false, true)]
    [InlineData(120, 600, 600, false, false)]
    [InlineData(20, 10, 60, false, true)]
    [InlineData(69, 10, 60, false, true)]
    [InlineData(70, 10, 60, false, false)]
    [InlineData(30, 60, 0, true, false)]
    [InlineData(60, 60, 0, false, false)]
    [InlineData(65, 60, 5, false, false)]
    [InlineData(64, 60, 5, false, true)]
    public void Hit_RowSaysAnotherLifetimeNow_TheSmallerCounts(int minutes, int ttl, int stale, bool isFresh, bool mayStandIn)
    {
        var answer = Stored();
        _time.Advance(TimeSpan.FromMinutes(minutes));
        var now = new Lifetime(TimeSpan.FromMinutes(ttl), TimeSpan.FromMinutes(stale));

        var hit = Hit(answer, now);

        Assert.Equal((isFresh, mayStandIn, isFresh), (hit.IsFresh, hit.MayStandIn, Freshness.Holds(answer, now, _time)));
    }

    private StoredAnswer Stored() =>
        SampleAnswers.Of(1)
            .Dated(_time.GetTimestamp(), new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromHours(1)), ageThen: TimeSpan.FromMinutes(5));

    private CacheHit Hit(StoredAnswer answer, Lifetime now) =>
        CacheHit.Of(answer, Reason.Memory, default(Digest), lapsed: null, default, now, _time);
}
