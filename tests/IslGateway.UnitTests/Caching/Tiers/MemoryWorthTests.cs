using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>What the memory tier keeps is worth its bytes: ISL's seconds that it spares, against the plain rules, over traces.</summary>
public sealed class MemoryWorthTests : IDisposable
{
    private const int Requests = 100_000;
    private const int DearSize = 2_000;

    private readonly FakeTimeProvider _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly List<SettingsMonitor> _monitors = [];

    /// <summary>Ratios of saved seconds that must be reached, well below what they are, to LRU and to SIEVE.</summary>
    [Theory]
    [InlineData("1MiB", 2, 1.2)]
    [InlineData("4MiB", 1.6, 1.25)]
    [InlineData("16MiB", 1.3, 1.2)]
    public void Trace_OfDearAndCheapQuestions_SavesMoreSecondsThanLruAndSieve(string limit, double lru, double sieve) =>
        AssertSavesMore(limit, [.. new Trace().Requests(Requests)], lru, sieve, hitRate: 0.8);

    [Theory]
    [InlineData("1MiB", 2, 1.2)]
    [InlineData("4MiB", 1.6, 1.25)]
    public void Trace_WithLongScansOfCheapQuestions_KeepsWhatIsWorthMore(string limit, double lru, double sieve) =>
        AssertSavesMore(limit, [.. new Trace().WithScans(Requests, length: 2_000)], lru, sieve, hitRate: 0.8);

    /// <summary>What was dear and popular once must leave, or the next day's questions find no room.</summary>
    [Theory]
    [InlineData("1MiB", 1.6, 1.2)]
    [InlineData("4MiB", 1.3, 1.2)]
    public void Trace_WhosePopularQuestionsChange_FollowsThem(string limit, double lru, double sieve) =>
        AssertSavesMore(limit, [.. new Trace().Requests(Requests, changeEvery: 20_000)], lru, sieve, hitRate: 0.7);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Set_CheapAnswersPastADearOne_NeverEvictIt(bool areHit)
    {
        var store = StoreOf("64KiB");
        for (var dear = 0; dear < 10; dear++) store.Set(SampleAnswers.Key(dear), Now(2));

        for (var cheap = 100; cheap < 4_100; cheap++)
        {
            store.Set(SampleAnswers.Key(cheap), Now(0.005));
            for (var hits = areHit ? cheap % 5 : 0; hits > 0; hits--) store.TryGet(SampleAnswers.Key(cheap), out _);
        }

        for (var dear = 0; dear < 10; dear++) Assert.True(store.TryPeek(SampleAnswers.Key(dear), out _), $"{dear} is gone");
    }

    /// <summary>Where all is dear, the cheap newcomer itself is what goes first.</summary>
    [Fact]
    public void Set_ACheapAnswerWhereAllIsDear_IsNotStored()
    {
        var store = StoreOf("64KiB");
        var dear = 0;
        while (store.Bytes + DearSize <= 64 << 10) store.Set(SampleAnswers.Key(dear++), Now(2));
        var bytes = store.Bytes;

        var cheap = Now(0.005);
        Assert.False(store.Set(SampleAnswers.Key(1_000), cheap));

        Assert.Equal((bytes, dear), (store.Bytes, store.Entries));
        Assert.False(store.TryPeek(SampleAnswers.Key(1_000), out _));
        Assert.True(store.IsCurrent(SampleAnswers.Key(1_000), cheap));
        Assert.Equal(1, _metrics.CacheEvictions.WithLabels("refused").Value);
    }

    [Fact]
    public void Set_StaleAnswersThere_GoBeforeCheapFreshOnes()
    {
        var store = StoreOf("64KiB");
        for (var dear = 0; dear < 5; dear++)
            store.Set(SampleAnswers.Key(dear), SampleAnswers.Costing(2, DearSize, _time.GetTimestamp(), TimeSpan.FromMinutes(1)));
        var next = 100;
        while (store.Bytes + DearSize <= 64 << 10) store.Set(SampleAnswers.Key(next++), Now(0.005));
        _time.Advance(TimeSpan.FromMinutes(1));

        for (var i = 0; i < 5; i++) store.Set(SampleAnswers.Key(next++), Now(0.005));

        for (var dear = 0; dear < 5; dear++) Assert.False(store.TryPeek(SampleAnswers.Key(dear), out _));
        for (var fresh = 100; fresh < next; fresh++) Assert.True(store.TryPeek(SampleAnswers.Key(fresh), out _));
        Assert.Equal(
            (5, 0), (_metrics.CacheEvictions.WithLabels("stale").Value, _metrics.CacheEvictions.WithLabels("worth").Value));
    }

    /// <summary>An answer that was replaced, purged or dropped must not be written to Redis; one that only had no room must.</summary>
    [Fact]
    public void IsCurrent_OfWhatIsGone_TellsWantOfRoomFromTheRest()
    {
        var store = StoreOf("8KiB");
        StoredAnswer[] given = [.. Enumerable.Range(0, 4).Select(_ => Now(0.005))];
        for (var number = 0; number < 4; number++) store.Set(SampleAnswers.Key(number), given[number]);
        Assert.True(store.IsCurrent(SampleAnswers.Key(0), given[0]));

        store.Remove(SampleAnswers.Key(1), given[1]);
        var newer = Now(0.005);
        store.Set(SampleAnswers.Key(2), newer);
        store.Set(SampleAnswers.Key(10), Now(1));
        store.Set(SampleAnswers.Key(11), Now(1));
        store.Set(SampleAnswers.Key(12), Now(1));
        store.Set(SampleAnswers.Key(13), Now(1));

        Assert.Equal(
            [true, false, false, true], given.Select((answer, number) => store.IsCurrent(SampleAnswers.Key(number), answer)));
        Assert.True(store.IsCurrent(SampleAnswers.Key(2), newer));
        store.Set(SampleAnswers.Key(0), Now(3));
        Assert.False(store.IsCurrent(SampleAnswers.Key(0), given[0]));
    }

    [Fact]
    public async Task Set_DearAndCheapFromManyThreads_NeverExceedsTheBudgetAndAddsUp()
    {
        const long Limit = 256 << 10;
        var store = StoreOf("256KiB");
        var workers = Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            foreach (var item in new Trace().Requests(20_000))
            {
                var key = SampleAnswers.Key(item.Key % (1_000 + seed));
                if (!store.TryGet(key, out _)) store.Set(key, Now(item.Seconds, item.Size));
                Assert.InRange(store.Bytes, 0, Limit);
            }
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll(workers);

        var left = Enumerable.Range(0, 1_004).Select(number => store.TryPeek(SampleAnswers.Key(number), out var answer) ? answer : null)
            .OfType<StoredAnswer>().ToList();
        Assert.Equal((left.Sum(answer => answer.Size), left.Count), (store.Bytes, store.Entries));
        Assert.InRange(store.Bytes, Limit / 2, Limit);
    }

    public void Dispose() => _monitors.ForEach(monitor => monitor.Dispose());

    private void AssertSavesMore(string limit, TraceItem[] trace, double thanLru, double thanSieve, double hitRate)
    {
        var bytes = IslGateway.Settings.Reading.SizeText.Parse(limit);
        var ours = Replay(new StoreUnderTrace(StoreOf(limit), _time.GetTimestamp()), trace);
        var (lru, sieve) = (Replay(new LruReference(bytes), trace), Replay(new SieveReference(bytes), trace));

        TestContext.Current.SendDiagnosticMessage($"{limit}: {ours}, LRU {lru}, SIEVE {sieve}");
        Assert.True(ours.Saved >= thanLru * lru.Saved, $"{ours} against LRU {lru}");
        Assert.True(ours.Saved >= thanSieve * sieve.Saved, $"{ours} against SIEVE {sieve}");
        Assert.True(ours.HitRate >= hitRate * lru.HitRate, $"{ours} against LRU {lru}");
    }

    private static (double Saved, double HitRate) Replay(ITracedCache cache, TraceItem[] trace)
    {
        var (saved, hits) = (0d, 0);
        foreach (var item in trace)
        {
            if (!cache.Ask(item)) continue;
            saved += item.Seconds;
            hits++;
        }

        return (saved / trace.Sum(item => item.Seconds), (double)hits / trace.Length);
    }

    private MemoryStore StoreOf(string limit)
    {
        var loader = new SettingsLoader(
            Given.OverShipped(("Cache:Memory:SizeLimit", limit), ("Cache:MaxEntrySize", "4KiB")), isDevelopment: true, EndpointRules.Check);
        var monitor = new SettingsMonitor(loader, NullLogger<SettingsMonitor>.Instance);
        _monitors.Add(monitor);
        return new MemoryStore(monitor, _metrics, _time);
    }

    private StoredAnswer Now(double seconds, int size = DearSize) => SampleAnswers.Costing(seconds, size, _time.GetTimestamp());

    private sealed class StoreUnderTrace(MemoryStore store, long now) : ITracedCache
    {
        public bool Ask(TraceItem item)
        {
            var key = SampleAnswers.Key(item.Key);
            if (store.TryGet(key, out _)) return true;
            store.Set(key, SampleAnswers.Costing(item.Seconds, item.Size, now));
            return false;
        }
    }
}
