using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.UnitTests.Caching;

namespace IslGateway.UnitTests.Redis;

public sealed class GenerationsTests : IDisposable
{
    private readonly LiveSettings _settings = new();
    private readonly Generations _shared;
    private readonly Generations _alone;

    public GenerationsTests() => (_shared, _alone) = (new Generations(_settings.Table, areShared: true), new Generations(_settings.Table, areShared: false));

    [Fact]
    public void KeyOf_EachRow_HasATokenOfItsOwn()
    {
        var rows = _settings.Table.Rows.Where(row => row.IsCacheable).ToList();

        Assert.Equal(rows.Count, rows.Select(row => _shared.KeyOf(row).Row).Distinct().Count());
        Assert.Single(rows.Select(row => _shared.KeyOf(row).Everything).Distinct());
        Assert.Throws<ArgumentException>(() => _shared.KeyOf(_settings.Row("Health")));
    }

    [Fact]
    public void Purge_ARow_ReplacesItsTokenOnly()
    {
        var (one, other) = (_settings.Row("CausalValidate"), _settings.Row("CausalCounterfactual"));
        var (before, otherBefore) = (_alone.KeyOf(one), _alone.KeyOf(other));

        _alone.Purge(everything: false, [one]);

        Assert.NotEqual(before.Row, _alone.KeyOf(one).Row);
        Assert.Equal((before.Everything, otherBefore), (_alone.KeyOf(one).Everything, _alone.KeyOf(other)));
        Assert.Empty(_alone.Pending());
    }

    [Fact]
    public void Purge_Shared_IsPendingUntilTheSamePurgeIsAcknowledged()
    {
        _shared.Purge(everything: true, []);
        var (generation, first) = Assert.Single(_shared.Pending());
        _shared.Purge(everything: true, []);
        var standing = generation.Token;

        _shared.Acknowledge(generation, first, Digest.Random());
        var (_, second) = Assert.Single(_shared.Pending());
        Assert.Equal(standing, generation.Token);

        var written = Digest.Random();
        _shared.Acknowledge(generation, second, written);
        Assert.Empty(_shared.Pending());
        Assert.Equal(written, generation.Token);
    }

    [Fact]
    public void Take_WholeReading_IsAdopted()
    {
        var read = Reading();

        Assert.Empty(_shared.Take(read, _shared.Change));

        Assert.All(_shared.All, generation => Assert.Equal(read[generation.Field], generation.Token));
        Assert.True(_shared.WereRead);
    }

    [Fact]
    public void Take_MissingOrDamaged_IsToBeMadeAnew()
    {
        var read = Reading();
        read.Remove("CausalValidate");
        read["all"] = null;

        var lost = _shared.Take(read, _shared.Change);

        Assert.Equal(["all", "CausalValidate"], lost.Select(generation => generation.Field));
        Assert.False(_shared.WereRead);
    }

    [Fact]
    public void Take_WhilePending_ChangesNothing()
    {
        _shared.Purge(everything: true, []);
        var standing = _shared.All[0].Token;

        Assert.Empty(_shared.Take(Reading(), _shared.Change));

        Assert.Equal(standing, _shared.All[0].Token);
    }

    [Fact]
    public void Take_ReadingBegunBeforeAPurgeThatIsAcknowledgedSince_ChangesNothing()
    {
        var asOf = _shared.Change;
        _shared.Purge(everything: true, []);
        var (generation, purgedAt) = Assert.Single(_shared.Pending());
        var written = Digest.Random();
        _shared.Acknowledge(generation, purgedAt, written);

        Assert.Empty(_shared.Take(Reading(), asOf));

        Assert.Equal(written, generation.Token);
    }

    [Fact]
    public void Take_TokenThatWasLeftBehind_IsNeverAdoptedAgain()
    {
        var old = Reading();
        _shared.Take(old, _shared.Change);
        _shared.Take(Reading(), _shared.Change);
        var standing = _shared.All.Select(generation => generation.Token).ToList();

        var lost = _shared.Take(old, _shared.Change);

        Assert.Equal(_shared.All, lost);
        Assert.Equal(standing, _shared.All.Select(generation => generation.Token));
    }

    public void Dispose() => _settings.Dispose();

    private Dictionary<string, Digest?> Reading() => _shared.All.ToDictionary(generation => generation.Field, _ => (Digest?)Digest.Random());
}
