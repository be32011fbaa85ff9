using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Sessions;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Caching.Tiers;

public sealed class MemoryStoreTests : IDisposable
{
    private const int Limit = 64 << 10;

    private static readonly BufferBudget Room = new(1 << 20);

    private readonly SteppedTime _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly IConfigurationRoot _configuration = Given.OverShipped(
        ("Cache:Memory:SizeLimit", "64KiB"), ("Cache:MaxEntrySize", "4KiB"));
    private readonly SettingsMonitor _settings;
    private readonly MemoryStore _store;

    public MemoryStoreTests()
    {
        _settings = new SettingsMonitor(
            new SettingsLoader(_configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
        _store = new MemoryStore(_settings, _metrics, _time);
    }

    [Fact]
    public void TryGet_StoredAnswer_IsThatInstance()
    {
        var answer = Fresh(100);

        _store.Set(SampleAnswers.Key(1), answer);

        Assert.True(_store.TryGet(SampleAnswers.Key(1), out var found));
        Assert.Same(answer, found);
        Assert.False(_store.TryGet(SampleAnswers.Key(2), out _));
    }

    [Fact]
    public void Set_ScanOfManyTimesTheBudget_LeavesTheEntriesInUse()
    {
        for (var hot = 0; hot < 10; hot++) _store.Set(SampleAnswers.Key(hot), Fresh(1000));

        for (var cold = 1000; cold < 3000; cold++)
        {
            for (var hot = 0; hot < 10; hot++) Assert.True(_store.TryGet(SampleAnswers.Key(hot), out _), $"{hot} was gone at {cold}");
            _store.Set(SampleAnswers.Key(cold), Fresh(1000));
        }

        Assert.InRange(_store.Bytes, Limit / 2, Limit);
    }

    [Fact]
    public void Pack_OfWhatIsKept_GivesRoomBack_AndPlainAgainTakesIt()
    {
        var first = Fresh(4000);
        _store.Set(SampleAnswers.Key(0), first);
        while (_store.Bytes + first.Size <= Limit) _store.Set(SampleAnswers.Key(_store.Entries), Fresh(4000));
        var (before, plain, entries) = (_store.Bytes, first.Size, _store.Entries);

        var packed = first.Pack(Room);

        Assert.True(packed!.Size < 4000);
        Assert.Equal(plain - HeapSize.OfArray(4000) + packed.Size, first.Size);
        Assert.Equal((before - plain + first.Size, entries), (_store.Bytes, _store.Entries));
        _store.Set(SampleAnswers.Key(entries), Fresh(3000));
        Assert.Equal(entries + 1, _store.Entries);
        first.Plain();
        Assert.InRange(_store.Bytes, 1, Limit);
        AssertAddsUp(entries + 1);
        AssertGauges();
    }

    /// <summary>A form of a body is cheaper to make again than an answer.</summary>
    [Fact]
    public void Set_TheNextToGoHoldsBothForms_OneOfThemGoesInstead()
    {
        var both = Fresh(4000);
        _store.Set(SampleAnswers.Key(0), both);
        both.Pack(Room);
        both.Plain();
        var size = both.Size;
        var next = 1;
        while (_store.Bytes + Fresh(100).Size <= Limit) _store.Set(SampleAnswers.Key(next++), Fresh(100));

        _store.Set(SampleAnswers.Key(next), Fresh(2000));

        Assert.Equal(next + 1, _store.Entries);
        Assert.True(_store.TryPeek(SampleAnswers.Key(0), out var there));
        Assert.Same(both, there);
        Assert.Equal(size - HeapSize.OfArray(4000), both.Size);
        AssertAddsUp(next + 1);
    }

    [Fact]
    public async Task Hits_InParallelInBothForms_AddUp()
    {
        var workers = Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 5_000; i++)
            {
                var key = SampleAnswers.Key(random.Next(40));
                if (!_store.TryGet(key, out var found) || random.Next(20) == 0) _store.Set(key, Fresh(random.Next(4000)));
                else if (random.Next(2) == 0) found.Pack(Room);
                else found.Plain();
            }
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll(workers);

        Assert.InRange(_store.Bytes, Limit / 2, Limit);
        AssertAddsUp(40);
        AssertGauges();
    }

    [Fact]
    public void Set_NothingVisited_EvictsTheOldestFirst()
    {
        var fitting = Limit / (int)Fresh(1000).Size;

        for (var number = 0; number < fitting + 3; number++) _store.Set(SampleAnswers.Key(number), Fresh(1000));

        for (var number = 0; number < fitting + 3; number++) Assert.Equal(number >= 3, _store.TryGet(SampleAnswers.Key(number), out _));
    }

    [Fact]
    public void Set_EverythingVisited_StillMakesRoom()
    {
        for (var number = 0; number < 1000; number++)
        {
            _store.Set(SampleAnswers.Key(number), Fresh(1000));
            Assert.True(_store.TryGet(SampleAnswers.Key(number), out _));
        }

        Assert.InRange(_store.Bytes, Limit / 2, Limit);
    }

    [Fact]
    public async Task Set_InParallelWithGetsAndRemoves_NeverExceedsTheBudgetAndAddsUp()
    {
        var workers = Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 20_000; i++)
            {
                var key = SampleAnswers.Key(random.Next(200));
                if (random.Next(3) == 0) _store.Set(key, Fresh(random.Next(4000)));
                else if (random.Next(10) == 0 && _store.TryGet(key, out var found)) _store.Remove(key, found);
                else _store.TryGet(key, out _);
                Assert.InRange(_store.Bytes, 0, Limit);
            }
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll(workers);

        long bytes = 0;
        var entries = 0;
        for (var number = 0; number < 200; number++)
        {
            if (!_store.TryGet(SampleAnswers.Key(number), out var answer)) continue;
            bytes += answer.Size;
            entries++;
        }

        Assert.Equal((bytes, entries), (_store.Bytes, _store.Entries));
        AssertGauges();
        _store.RemoveUpTo(_store.LastKept, row: null);
        Assert.Equal((0, 0), (_store.Bytes, _store.Entries));
    }

    [Fact]
    public void Set_SameKeyAgain_CountsOnlyTheNewAnswer()
    {
        _store.Set(SampleAnswers.Key(1), Fresh(5000));
        var second = Fresh(700);

        _store.Set(SampleAnswers.Key(1), second);

        Assert.Equal((second.Size, 1), (_store.Bytes, _store.Entries));
        Assert.True(_store.TryGet(SampleAnswers.Key(1), out var found));
        Assert.Same(second, found);
        AssertGauges();
    }

    [Fact]
    public void Set_LargerThanTheLimit_KeepsNeitherItNorWhatItReplaces()
    {
        _store.Set(SampleAnswers.Key(1), Fresh(100));
        _store.Set(SampleAnswers.Key(2), Fresh(100));

        _store.Set(SampleAnswers.Key(1), Fresh(Limit));

        Assert.False(_store.TryGet(SampleAnswers.Key(1), out _));
        Assert.True(_store.TryGet(SampleAnswers.Key(2), out _));
        AssertGauges();
    }

    [Fact]
    public void Set_AfterTheLimitWasLowered_ShrinksToIt()
    {
        for (var number = 0; number < 50; number++) _store.Set(SampleAnswers.Key(number), Fresh(1000));
        _configuration["Cache:Memory:SizeLimit"] = "8KiB";
        _configuration.Reload();

        _store.Set(SampleAnswers.Key(100), Fresh(1000));

        Assert.InRange(_store.Bytes, 1000, 8 << 10);
        Assert.True(_store.TryGet(SampleAnswers.Key(100), out _));
        AssertGauges();
    }

    [Fact]
    public void TryGet_PastKeepFor_IsAMissAndDropsTheEntry()
    {
        _store.Set(SampleAnswers.Key(1), Fresh(100, TimeSpan.FromMinutes(10)));

        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.True(_store.TryGet(SampleAnswers.Key(1), out _));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_store.TryGet(SampleAnswers.Key(1), out _));
        Assert.Equal((0, 0), (_store.Bytes, _store.Entries));
        AssertGauges();
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(2, 1, 2)]
    [InlineData(1, 1, 1)]
    public void Offer_AnAnswer_LeavesTheNewerOne(int there, int offered, int kept)
    {
        var now = _time.GetTimestamp();
        var (first, second) = (SampleAnswers.Of(10, now + there), SampleAnswers.Of(20, now + offered));
        _store.Set(SampleAnswers.Key(1), first);

        var given = _store.Offer(SampleAnswers.Key(1), second, Rows.Plain);

        Assert.Equal(now + kept, given.CompletedAt);
        Assert.Same(there == kept ? first : second, given);
        Assert.True(_store.TryPeek(SampleAnswers.Key(1), out var stored));
        Assert.Same(given, stored);
        AssertGauges();
    }

    [Fact]
    public void Offer_NothingThere_OrNothingUsable_KeepsTheAnswer()
    {
        _store.Set(SampleAnswers.Key(2), Fresh(10));
        _time.Advance(TimeSpan.FromDays(1));

        foreach (var number in (int[])[1, 2])
        {
            var offered = Fresh(20);
            Assert.Same(offered, _store.Offer(SampleAnswers.Key(number), offered, Rows.Plain));
            Assert.True(_store.TryPeek(SampleAnswers.Key(number), out var stored));
            Assert.Same(offered, stored);
        }
    }

    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    public void TryGet_ClockWasSet_FindsTheEntryForAsLong(int seconds)
    {
        _store.Set(SampleAnswers.Key(1), Fresh(100, TimeSpan.FromHours(1)));
        _time.Advance(TimeSpan.FromMinutes(59));

        _time.Step = TimeSpan.FromSeconds(seconds);
        Assert.True(_store.TryGet(SampleAnswers.Key(1), out _));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_store.TryGet(SampleAnswers.Key(1), out _));
    }

    [Fact]
    public void Remove_OtherInstanceThanExpected_LeavesTheEntry()
    {
        var (first, second) = (Fresh(100), Fresh(100));
        _store.Set(SampleAnswers.Key(1), first);
        _store.Set(SampleAnswers.Key(1), second);

        Assert.False(_store.Remove(SampleAnswers.Key(1), first));
        Assert.True(_store.Remove(SampleAnswers.Key(1), second));
        Assert.False(_store.Remove(SampleAnswers.Key(1), second));
        AssertGauges();
    }

    [Fact]
    public void RemoveUpTo_ARow_TakesItsOlderEntriesOnly()
    {
        var (row, other) = (Rows.Of(new EndpointOptions { Path = "/a" }), Rows.Of(new EndpointOptions { Path = "/b" }, name: "B"));
        _store.Set(SampleAnswers.Key(1), Fresh(100), row);
        _store.Set(SampleAnswers.Key(2), Fresh(100), other);
        _store.Set(SampleAnswers.Key(3), Fresh(100), row);
        var last = _store.LastKept;
        _store.Set(SampleAnswers.Key(3), Fresh(100), row);
        _store.Set(SampleAnswers.Key(4), Fresh(100), row);

        _store.RemoveUpTo(last, row);

        Assert.Equal([false, true, true, true], Enumerable.Range(1, 4).Select(number => _store.TryGet(SampleAnswers.Key(number), out _)));
        AssertGauges();
    }

    [Fact]
    public void RemoveUpTo_EveryRow_LeavesOnlyWhatCameLater()
    {
        for (var number = 0; number < 10; number++) _store.Set(SampleAnswers.Key(number), Fresh(100));
        var last = _store.LastKept;
        _store.Set(SampleAnswers.Key(10), Fresh(100));

        _store.RemoveUpTo(last, row: null);

        Assert.Equal(1, _store.Entries);
        Assert.True(_store.TryGet(SampleAnswers.Key(10), out _));
        AssertGauges();
    }

    public void Dispose() => _settings.Dispose();

    private StoredAnswer Fresh(int bodySize, TimeSpan? keepFor = null) =>
        SampleAnswers.Of(bodySize, _time.GetTimestamp(), keepFor);

    private void AssertAddsUp(int keys)
    {
        long bytes = 0;
        for (var number = 0; number < keys; number++)
        {
            if (_store.TryPeek(SampleAnswers.Key(number), out var answer)) bytes += answer.Size;
        }

        Assert.Equal(bytes, _store.Bytes);
    }

    private void AssertGauges() => Assert.Equal(
        ((double)_store.Bytes, (double)_store.Entries),
        (_metrics.CacheBytes.WithLabels("memory").Value, _metrics.CacheEntries.WithLabels("memory").Value));
}
