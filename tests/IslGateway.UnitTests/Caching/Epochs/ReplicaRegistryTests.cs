using IslGateway.Caching.Epochs;
using IslGateway.Content;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class ReplicaRegistryTests : IDisposable
{
    private static readonly Epoch A = new("fa", "1", "ba");
    private static readonly Epoch B = new("fb", "1", "bb");

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Isl:EpochMaxAge", "60s"));
    private readonly FixedReplicas _source = new("r1", "r2");
    private readonly ReplicaRegistry _book;

    public ReplicaRegistryTests() => _book = new ReplicaRegistry(_source, _settings.Monitor, _time);

    [Fact]
    public void LookupDigests_NoPollYet_AreNone() => Assert.Empty(_book.LookupDigests());

    [Fact]
    public void LookupDigests_EvidenceOlderThanAllowed_AreNone()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([Of(A)], _book.LookupDigests());

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(_book.LookupDigests());

        Assert.True(_book.Find("r1")!.Witness("fa", null));
        Assert.Equal([Of(A)], _book.LookupDigests());

        _time.Advance(TimeSpan.FromSeconds(30));
        _settings.Reload("Isl:EpochMaxAge", "20s");
        Assert.Empty(_book.LookupDigests());
    }

    [Fact]
    public void DigestOf_AnotherEpochOrGenerationThanLast_IsItsOwn()
    {
        foreach (var (epoch, generation) in ((Epoch, string)[])[(A, ""), (A, "2"), (B, "2"), (A, "2"), (A, "")])
            Assert.Equal(epoch.DigestWith(generation), _book.DigestOf(epoch, generation));
    }

    [Fact]
    public void LookupDigests_TwoReplicasOfOneEpoch_AreOne()
    {
        Poll("r1", A);
        Poll("r2", new Epoch("fa", "1", "ba"));
        Assert.Equal([Of(A)], _book.LookupDigests());
    }

    [Fact]
    public void LookupDigests_TwoEpochs_ComeNewestFirst()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(1));
        Poll("r2", B);
        Assert.Equal([Of(B), Of(A)], _book.LookupDigests());

        _time.Advance(TimeSpan.FromSeconds(1));
        _book.Find("r1")!.Witness("fa", "ba");
        Assert.Equal([Of(A), Of(B)], _book.LookupDigests());

        _book.Find("r1")!.Witness("fb", null);
        Assert.Equal([Of(B)], _book.LookupDigests());
    }

    [Fact]
    public void LookupDigests_ManyEpochs_AreFourAtMost()
    {
        _source.Replicas = [.. Enumerable.Range(0, 30).Select(n => ($"r{n}", new Uri($"http://r{n}"), (string?)null))];
        for (var n = 0; n < 30; n++)
        {
            Poll($"r{n}", new Epoch($"f{n}", null, null));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([.. ((int[])[29, 28, 27, 26]).Select(n => Of(new Epoch($"f{n}", null, null)))], _book.LookupDigests());
    }

    [Fact]
    public void LookupDigests_GenerationChanged_AreOthers()
    {
        Poll("r1", A);
        var before = _book.LookupDigests();
        Assert.Same(before, _book.LookupDigests());

        _settings.Reload("Cache:Generation", "g2");

        Assert.Equal([Of(A, "g2")], _book.LookupDigests());
        Assert.NotEqual(before, _book.LookupDigests());
    }

    [Fact]
    public void LookupDigests_NothingChanged_AllocateNothing()
    {
        var book = new ReplicaRegistry(_source, _settings.Monitor, TimeProvider.System);
        foreach (var (id, epoch) in ((string, Epoch)[])[("r1", A), ("r2", B)])
            book.Find(id)!.Report(epoch, TimeProvider.System.GetTimestamp(), TimeSpan.FromMinutes(1));
        Assert.Equal(2, book.LookupDigests().Count);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) book.LookupDigests();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public void LookupDigests_OneOfTwoEpochsAges_TheOtherStays()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(30));
        Poll("r2", B);
        Assert.Equal([Of(B), Of(A)], _book.LookupDigests());

        _time.Advance(TimeSpan.FromSeconds(30) + TimeSpan.FromTicks(1));
        Assert.Equal([Of(B)], _book.LookupDigests());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(_book.LookupDigests());

        _settings.Reload("Isl:EpochMaxAge", "10m");
        Assert.Equal([Of(B), Of(A)], _book.LookupDigests());
    }

    [Fact]
    public void Replicas_ThatStay_KeepWhatIsKnown()
    {
        Poll("r1", A);
        var stays = _book.Find("r1");

        _source.Replicas = [("r3", new Uri("http://r3"), null), _source.Replicas[0]];

        Assert.Same(stays, _book.Find("r1"));
        Assert.Equal(["r3", "r1"], _book.Replicas.Select(replica => replica.Id));
        Assert.Null(_book.Find("r2"));
        Assert.Null(_book.Find(null));
        Assert.Equal([Of(A)], _book.LookupDigests());
    }

    [Fact]
    public void Replicas_AnotherAddressUnderTheSameId_IsAnotherReplica()
    {
        Poll("r1", A);
        _source.Replicas = [("r1", new Uri("http://elsewhere"), null)];
        Assert.Null(_book.Find("r1")!.Epoch);
        Assert.Empty(_book.LookupDigests());
    }

    [Fact]
    public void WantPoll_Always_ReachesWhoPolls()
    {
        Replica? wanted = null;
        _book.PollWanted += replica => wanted = replica;
        _book.WantPoll(_book.Replicas[1]);
        Assert.Equal("r2", wanted?.Id);
    }

    public void Dispose() => _settings.Dispose();

    private static Digest Of(Epoch epoch, string generation = "") => epoch.DigestWith(generation);

    private void Poll(string id, Epoch epoch) => _book.Find(id)!.Report(epoch, _time.GetTimestamp(), TimeSpan.FromMinutes(1));
}
