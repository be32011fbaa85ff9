using IslGateway.Content;
using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Kept;

namespace IslGateway.UnitTests.Workflows.Kept;

/// <summary>Alone, since whatever another test holds would count.</summary>
[CollectionDefinition(nameof(KeptMemoryTests), DisableParallelization = true)]
[Collection(nameof(KeptMemoryTests))]
public sealed class KeptMemoryTests
{
    /// <summary>The budget is for the memory that is really used.</summary>
    [Fact]
    public void Bytes_OfManySmallRequests_AreNotLessThanTheHeapHolds()
    {
        var shelf = new KeptShelf();
        Fill(shelf, 0, 100);
        var (heap, counted) = (GC.GetTotalMemory(forceFullCollection: true), shelf.Bytes);

        Fill(shelf, 100, 20_000);

        var (heapNow, countedNow) = (GC.GetTotalMemory(forceFullCollection: true), shelf.Bytes);
        Assert.Equal(20_100, shelf.Count);
        Assert.True(heapNow - heap <= countedNow - counted, $"{heapNow - heap} bytes on the heap, {countedNow - counted} counted");
    }

    private static void Fill(KeptShelf shelf, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var request = new KeptRequest
            {
                Row = Rows.Plain,
                Method = "POST",
                Target = $"/a?number={i}",
                Scheme = "http",
                Headers = [],
                Body = new byte[100],
                Seconds = 1,
                Owner = Digest.Random(),
                Question = Digest.Random(),
            };
            Assert.True(shelf.TryAdd(new KeptEntry(request, tokens: default, carried: default), hits: 1, budget: 1 << 30, moment: 0));
        }
    }
}
