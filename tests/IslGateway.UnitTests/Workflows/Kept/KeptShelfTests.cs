using CsCheck;
using IslGateway.Content;
using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Kept;

namespace IslGateway.UnitTests.Workflows.Kept;

public sealed class KeptShelfTests
{
    private readonly KeptShelf _shelf = new();

    [Fact]
    public void TryAdd_Full_MakesRoomByWhatIsWorthLeast()
    {
        var budget = 3 * Entry("a", 1).Size;
        Assert.True(_shelf.TryAdd(Entry("a", seconds: 5), hits: 1, budget, moment: 0));
        Assert.True(_shelf.TryAdd(Entry("b", seconds: 1), hits: 2, budget, moment: 0));
        Assert.True(_shelf.TryAdd(Entry("c", seconds: 3), hits: 1, budget, moment: 0));

        Assert.False(_shelf.TryAdd(Entry("d", seconds: 1), hits: 1, budget, moment: 0));
        Assert.True(_shelf.TryAdd(Entry("e", seconds: 4), hits: 1, budget, moment: 0));

        Assert.Equal("a c e", Kept());
        Assert.Equal(budget, _shelf.Bytes);
    }

    [Fact]
    public void TryAdd_HitsThatAreNotYetCounted_AreCountedBeforeAnythingGoes()
    {
        var budget = 2 * Entry("a", 1).Size;
        var hot = Entry("a", seconds: 1);
        Assert.True(_shelf.TryAdd(hot, hits: 1, budget, moment: 0));
        Assert.True(_shelf.TryAdd(Entry("b", seconds: 2), hits: 1, budget, moment: 0));
        for (var i = 0; i < 9; i++) Assert.True(hot.TryAdd());

        Assert.True(_shelf.TryAdd(Entry("c", seconds: 3), hits: 1, budget, moment: 0));

        Assert.Equal("a c", Kept());
    }

    [Fact]
    public void TryAdd_AfterAWhile_TakesWhatIsAskedNowForWhatWasAskedThen()
    {
        var budget = Entry("a", 1).Size;
        Assert.True(_shelf.TryAdd(Entry("a", seconds: 1), hits: 10, budget, moment: 0));
        Assert.False(_shelf.TryAdd(Entry("b", seconds: 1), hits: 2, budget, moment: 2));

        Assert.True(_shelf.TryAdd(Entry("b", seconds: 1), hits: 2, budget, moment: 3));
    }

    [Fact]
    public void Remove_Always_EndsItsCount()
    {
        var entry = Entry("a", 1);
        Assert.True(_shelf.TryAdd(entry, hits: 1, budget: 10_000, moment: 0));
        Assert.True(entry.TryAdd());

        _shelf.Remove(entry);

        Assert.False(entry.TryAdd());
        Assert.Equal((0, 0L), (_shelf.Count, _shelf.Bytes));
    }

    /// <summary>Of requests of one size, it holds at any time the dearest of all that came.</summary>
    [Fact]
    public void TryAdd_WhateverComes_HoldsTheDearestWithinTheBudget() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 1_000].Array[0, 60]).Sample((places, worths) =>
        {
            var shelf = new KeptShelf();
            var budget = places * Entry("000", 1).Size;
            for (var i = 0; i < worths.Length; i++)
            {
                shelf.TryAdd(Entry($"{i:000}", worths[i]), hits: 1, budget, moment: 0);
                if (shelf.Bytes > budget || shelf.Bytes != shelf.Entries.Sum(entry => entry.Size)) return false;
            }

            return shelf.Entries.Select(entry => (int)entry.Seconds).Order()
                .SequenceEqual(worths.OrderDescending().Take(places).Order());
        });

    [Fact]
    public void Bytes_WhateverTheSizesAndHits_NeverExceedTheBudget() =>
        Gen.Select(Gen.Int[0, 4_000], Gen.Int[1, 50], Gen.Int[0, 20]).Array[0, 60].Sample(requests =>
        {
            var shelf = new KeptShelf();
            const long Budget = 10_000;
            for (var i = 0; i < requests.Length; i++)
            {
                var (size, seconds, hits) = requests[i];
                var entry = Entry($"{i}", seconds, size);
                shelf.TryAdd(entry, hits: 1, Budget, moment: i);
                for (var hit = 0; hit < hits; hit++) shelf.Entries.ElementAtOrDefault(hit)?.TryAdd();
                if (shelf.Bytes > Budget || shelf.Bytes != shelf.Entries.Sum(entry => entry.Size)) return false;
            }

            shelf.Trim(Budget / 2, requests.Length);
            return shelf.Bytes <= Budget / 2;
        });

    private string Kept() => string.Join(' ', _shelf.Entries.Select(entry => entry.Request.Target).Order(StringComparer.Ordinal));

    private static KeptEntry Entry(string target, double seconds, int size = 10) => new(
        new KeptRequest
        {
            Row = Rows.Plain,
            Method = "POST",
            Target = target,
            Scheme = "http",
            Headers = [],
            Body = new byte[size],
            Seconds = seconds,
            Owner = default,
            Question = Digest.OfText(target),
        },
        tokens: default, carried: default);
}
