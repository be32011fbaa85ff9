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
    private const int Attempts = 5;

    private static readonly BufferBudget Room = new(1 << 20);

    /// <summary>JSON as ISL sends it: names repeat, numbers do not.</summary>
    private static readonly string Effects =
        string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"effect_{i}\":{(i * 7_919 % 10_007) / 10_007.0:F6}"));

    private readonly SettingsMonitor _settings = new(
        new SettingsLoader(Given.OverShipped(("Cache:Memory:SizeLimit", "1GiB")), isDevelopment: true, EndpointRules.Check),
        NullLogger<SettingsMonitor>.Instance);

    /// <summary>Never less than the heap holds, and little more: what is counted too much is memory that nobody uses.</summary>
    [Fact]
    public void Bytes_OfManyEntriesInEachForm_AreThoseOfTheHeap()
    {
        // What an earlier test has left may go in the middle of a measurement: then one more is made.
        List<string> dishonest = ["not measured"];
        for (var attempt = 0; attempt < Attempts && dishonest.Count > 0; attempt++)
            dishonest = Measure(new MemoryStore(_settings, new GatewayMetrics(), TimeProvider.System));

        Assert.Empty(dishonest);
    }

    public void Dispose() => _settings.Dispose();

    private static List<string> Measure(MemoryStore store)
    {
        Fill(store, 0, 500);
        var (heap, counted) = (GC.GetTotalMemory(forceFullCollection: true), store.Bytes);
        var dishonest = new List<string>();

        Fill(store, 500, Entries);
        Look("plain");
        ForAll(store, answer => Assert.NotNull(answer.Pack(Room)));
        Look("packed");
        ForAll(store, answer => answer.Plain());
        Look("both");
        ForAll(store, answer => Assert.True(answer.LetOneGo()));
        ForAll(store, answer => answer.Keeper!.Changed());
        Look("packed again");
        GC.KeepAlive(store);
        return dishonest;

        void Look(string form)
        {
            var held = (double)(GC.GetTotalMemory(forceFullCollection: true) - heap) / Entries;
            var said = (double)(store.Bytes - counted) / Entries;
            var found = $"{form}: {held:F0} bytes an entry on the heap, {said:F0} counted";
            TestContext.Current.TestOutputHelper!.WriteLine(found);
            if (said < held || said > held * 1.15) dishonest.Add(found);
        }
    }

    private static void Fill(MemoryStore store, int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            store.Set(SampleAnswers.Key(number), new StoredAnswer
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

    private static void ForAll(MemoryStore store, Action<StoredAnswer> act)
    {
        for (var number = 500; number < 500 + Entries; number++)
        {
            Assert.True(store.TryPeek(SampleAnswers.Key(number), out var answer));
            act(answer);
        }
    }
}
