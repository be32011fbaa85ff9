using System.Text;
using IslGateway.Commands.CacheSimulation;
using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.UnitTests.Commands.CacheSimulation;

public sealed class CacheReplayTests
{
    private const double Noon = 1_796_040_000;

    private static readonly KeyLogLine Stored = new()
    {
        At = Noon,
        Row = "A",
        Key = 1,
        Epoch = 1,
        Cache = "stored",
        Took = 2.1,
        Cost = 2,
        Bytes = 2_000,
        Ttl = 100,
        Stale = 1_000,
    };

    private static readonly KeyLogLine Hit = Stored with { Cache = "hit", Detail = "memory", Took = 0.001 };

    [Fact]
    public void Take_ARepeatWithinItsLifetime_IsAHitThatSavesItsCost() =>
        AssertReplayed(hits: 1, saved: 2, null, Stored, Hit with { At = Noon + 99 });

    [Fact]
    public void Take_ARepeatPastItsLifetime_IsAMissThatStoresItAnew() =>
        AssertReplayed(
            hits: 1, saved: 2, null,
            Stored, Stored with { At = Noon + 101 }, Hit with { At = Noon + 200 });

    /// <summary>Where the jitter is none, to the second.</summary>
    [Theory]
    [InlineData(50, 0)]
    [InlineData(100, 1)]
    [InlineData(200, 2)]
    public void Take_UnderAnotherLifetime_GoesByThat(int seconds, int hits) =>
        AssertReplayed(
            hits, saved: 2 * hits, TimeSpan.FromSeconds(seconds),
            Stored, Hit with { At = Noon + 99 }, Stored with { At = Noon + 199 });

    [Theory]
    [InlineData("row")]
    [InlineData("key")]
    [InlineData("epoch")]
    public void Take_AnotherQuestion_IsAMiss(string part)
    {
        var other = Stored with { At = Noon + 1 };
        other = part switch { "row" => other with { Row = "B" }, "key" => other with { Key = 2 }, _ => other with { Epoch = 2 } };

        AssertReplayed(hits: 0, saved: 0, null, Stored, other);
    }

    [Fact]
    public void Take_WhatWasNotStored_IsAMissAgain() =>
        AssertReplayed(
            hits: 0, saved: 0, null,
            Stored with { Cache = "miss", Detail = "never-store", Bytes = 0 }, Stored with { At = Noon + 5, Cache = "miss", Bytes = 0 });

    [Fact]
    public void Take_WithoutAKey_IsAMiss() =>
        AssertReplayed(hits: 0, saved: 0, null, Stored with { Key = null }, Stored with { Key = null, At = Noon + 1 });

    /// <summary>A request that came before the answer was there is no hit, but saves the call.</summary>
    [Fact]
    public void Take_RequestsThatShareACall_SaveItAndAreNoHits() =>
        AssertReplayed(
            hits: 0, saved: 4, null,
            Stored,
            Stored with { At = Noon + 0.01, Took = 1.5, Cache = "collapsed" },
            Stored with { At = Noon + 0.02, Took = 0.5, Cache = "collapsed" });

    [Fact]
    public void Take_AFreshAnswerThatWasDemanded_IsAMissThatStoresIt() =>
        AssertReplayed(
            hits: 1, saved: 2, null,
            Stored, Stored with { At = Noon + 90, Cache = "refreshed" }, Hit with { At = Noon + 180 });

    [Fact]
    public void Take_AStaleAnswerInPlaceOfISL_IsAHitThatSavesNothingIfIslWasAsked() =>
        AssertReplayed(
            hits: 2, saved: 2, null,
            Stored,
            Stored with { At = Noon + 500, Cache = "stale", Detail = "stale" },
            Stored with { At = Noon + 600, Cache = "hit", Detail = "stale" });

    [Fact]
    public void Take_ARestart_EmptiesMemory()
    {
        using var replay = new CacheReplay(null, null);
        replay.Take(Head(started: 1));
        replay.Take(Stored);
        replay.Take(Head(started: 1));
        replay.Take(Hit with { At = Noon + 1 });
        replay.Take(Head(started: 2));
        replay.Take(Stored with { At = Noon + 2 });

        Assert.Equal((3, 1), (replay.Figures.Sum(null).Requests, replay.Figures.Sum(null).Hits));
    }

    /// <summary>What was dear under another configuration of ISL does not keep cheap answers out.</summary>
    [Fact]
    public void Take_AnotherEpoch_MakesRoomForItsAnswers()
    {
        using var replay = new CacheReplay(null, 20_000);
        for (var key = 0; key < 20; key++) replay.Take(Stored with { Key = (ulong)key });
        foreach (var at in (double[])[Noon + 10, Noon + 20])
        {
            for (var key = 0; key < 10; key++) replay.Take(Stored with { Key = (ulong)key, At = at, Epoch = 2, Cost = 0.005 });
        }

        Assert.Equal(10, replay.Figures.Sum(null).Hits);
    }

    [Fact]
    public void Take_RefreshAhead_StoresAHitNearItsEndAnew()
    {
        using var replay = new CacheReplay(null, null);
        replay.Take(Head(started: 1) with { RefreshAhead = 0.2 });
        foreach (var at in (int[])[0, 85, 170, 255, 340]) replay.Take((at == 0 ? Stored : Hit) with { At = Noon + at });

        Assert.Equal(4, replay.Figures.Sum(null).Hits);
    }

    [Fact]
    public void Take_LittleMemory_EvictsAndHoldsNoMore()
    {
        using var replay = new CacheReplay(null, 20_000);
        for (var round = 0; round < 3; round++)
        {
            for (var key = 0; key < 50; key++) replay.Take(Stored with { Key = (ulong)key, At = Noon + round });
        }

        Assert.InRange(replay.PeakBytes, 18_000, 20_000);
        Assert.True(replay.Evicted >= 40);
        Assert.Equal(20_000, replay.Limit);
    }

    [Fact]
    public void Take_TheSettingsOfTheLog_SetTheLimitUnlessOneIsGiven()
    {
        using var own = new CacheReplay(null, null);
        using var given = new CacheReplay(null, 1 << 20);
        foreach (var replay in (CacheReplay[])[own, given]) replay.Take(Head(1) with { SizeLimit = 123_456 });

        Assert.Equal((123_456, 1 << 20), (own.Limit, given.Limit));
    }

    [Fact]
    public void Replay_OfFiles_CountsDamagedLinesAndSaysWhereTheFirstIs()
    {
        using var one = new CacheReplay(null, null);
        var replay = new KeyLogReplay([one]);
        var text = new StringBuilder(Head(1).ToLine());
        Stored.AppendTo(text);
        text.Append("junk\n");
        (Hit with { At = Noon + 1 }).AppendTo(text);
        text.Append("{\"t\":17");

        replay.Take("keys.log", new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())), CancellationToken.None);

        Assert.Equal((2, 1, 2, "keys.log:3"), (replay.Requests, replay.Questions, replay.Damaged, replay.FirstDamaged));
        Assert.Equal((1, 1), (replay.Measured.Sum(null).Hits, one.Figures.Sum("A").Hits));
        Assert.Equal((Noon, Noon + 1), replay.Span);
    }

    private static void AssertReplayed(long hits, double saved, TimeSpan? ttl, params KeyLogLine[] lines)
    {
        using var replay = new CacheReplay(ttl, null);
        replay.Take(Head(started: 1));
        foreach (var line in lines) replay.Take(line);

        var figures = replay.Figures.Sum(null);
        Assert.Equal((lines.Length, hits, saved), (figures.Requests, figures.Hits, figures.Saved));
    }

    private static KeyLogHead Head(long started) =>
        new() { Format = 1, Started = started, SizeLimit = 1 << 20, Jitter = 0, RefreshAhead = 0 };
}
