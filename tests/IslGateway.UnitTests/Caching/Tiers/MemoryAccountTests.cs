using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>The limit is for the memory that is really used. Alone, since whatever another test holds would count.</summary>
[CollectionDefinition(nameof(MemoryAccountTests), DisableParallelization = true)]
[Collection(nameof(MemoryAccountTests))]
public sealed class MemoryAccountTests : IDisposable
{
    private const int Entries = 10_000;

    private static readonly BufferBudget Room = new(1 << 20);

    /// <summary>JSON as ISL sends it: names repeat, numbers do not.</summary>
    private static readonly string Effects =
        string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"effect_{i}\":{(i * 7_919 % 10_007) / 10_007.0:F6}"));

    private readonly SettingsMonitor _settings = new(
        new SettingsLoader(Given.OverShipped(("Cache:Memory:SizeLimit", "1GiB")), isDevelopment: true, EndpointRules.Check),
        NullLogger<SettingsMonitor>.Instance);
    private readonly MemoryStore _store;

    public MemoryAccountTests() => _store = new MemoryStore(_settings, new GatewayMetrics(), TimeProvider.System);

    /// <summary>Never less than the heap holds, and little more: what is counted too much is memory that nobody uses.</summary>
    [Fact]
    public void Bytes_OfManyEntriesInEachForm_AreThoseOfTheHeap()
    {
        Fill(0, 500);
        var (heap, counted) = (GC.GetTotalMemory(forceFullCollection: true), _store.Bytes);

        Fill(500, Entries);
        AssertIsHonest("plain", heap, counted);

        ForAll(answer => Assert.NotNull(answer.Pack(Room)));
        AssertIsHonest("packed", heap, counted);

        ForAll(answer => answer.Plain());
        AssertIsHonest("both", heap, counted);

        ForAll(answer => Assert.True(answer.LetOneGo()));
        ForAll(answer => answer.Keeper!.Changed());
        AssertIsHonest("packed again", heap, counted);
        GC.KeepAlive(_store);
    }

    public void Dispose() => _settings.Dispose();

    private void AssertIsHonest(string form, long heap, long counted)
    {
        var held = (double)(GC.GetTotalMemory(forceFullCollection: true) - heap) / Entries;
        var said = (double)(_store.Bytes - counted) / Entries;
        TestContext.Current.TestOutputHelper!.WriteLine($"{form}: {held:F0} bytes an entry on the heap, {said:F0} counted");
        Assert.True(held <= said && said <= held * 1.15, $"{form}: {held:F0} bytes an entry on the heap, {said:F0} counted");
    }

    private void Fill(int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            _store.Set(SampleAnswers.Key(number), new StoredAnswer
            {
                StatusCode = 200,
                Headers = [],
                Body = Encoding.ASCII.GetBytes($"{{\"request_id\":\"\",\"number\":{number},{Effects}}}"),
                IdGaps = [15],
                CompletedAt = TimeProvider.System.GetTimestamp(),
                Lifetime = new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromDays(1)),
                UpstreamDuration = TimeSpan.FromSeconds(1),
            });
        }
    }

    private void ForAll(Action<StoredAnswer> act)
    {
        for (var number = 500; number < 500 + Entries; number++)
        {
            Assert.True(_store.TryPeek(SampleAnswers.Key(number), out var answer));
            act(answer);
        }
    }
}
