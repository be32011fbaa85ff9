using IslGateway.Caching.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class LastEpochsTests : IDisposable
{
    private static readonly Epoch A = new("fa", "1", "ba");
    private static readonly Epoch B = new("fb", "1", "bb");

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Isl:EpochMaxAge", "60s"), ("Isl:HealthInterval", "1s"));
    private readonly ReplicaRegistry _book;
    private readonly LastEpochs _last;

    public LastEpochsTests()
    {
        _book = new ReplicaRegistry(new FixedReplicas("r1", "r2"), _settings.Monitor, _time);
        _last = new LastEpochs(_book, _time);
    }

    [Fact]
    public void Find_NothingEverKnown_IsNone() => Assert.Empty(_last.Find(_settings.Monitor.Current).Digests);

    [Fact]
    public void Find_OwnEvidenceTooOld_IsThatAndForHowLong()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(90));
        AssertFinds(TimeSpan.FromSeconds(30), A);
    }

    [Fact]
    public void Find_OwnOfTwoReplicas_IsNewestFirst()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(10));
        Poll("r2", B);
        _time.Advance(TimeSpan.FromSeconds(70));
        AssertFinds(TimeSpan.FromSeconds(10), B, A);
    }

    [Fact]
    public void Find_OthersEvidenceYounger_IsTheirs()
    {
        Poll("r1", A);
        _time.Advance(TimeSpan.FromSeconds(90));
        _last.Adopt([B], TimeSpan.FromSeconds(80));
        AssertFinds(TimeSpan.FromSeconds(20), B);

        _last.Adopt([B], TimeSpan.FromSeconds(100));
        AssertFinds(TimeSpan.FromSeconds(30), A);
    }

    [Fact]
    public void Find_OthersEvidenceYoungEnough_HasLapsedAllTheSame()
    {
        _last.Adopt([B], TimeSpan.FromSeconds(1));
        AssertFinds(TimeSpan.FromTicks(1), B);
    }

    [Fact]
    public void Find_AnAnswerSpokeAgainstTheEpoch_IsNone()
    {
        Poll("r1", A);
        _last.Adopt([A], TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        _book.Find("r1")!.Witness("other", null);
        Assert.Empty(_last.Find(_settings.Monitor.Current).Digests);

        _time.Advance(TimeSpan.FromSeconds(5));
        _last.Adopt([B], TimeSpan.FromSeconds(2));
        AssertFinds(TimeSpan.FromTicks(1), B);
    }

    [Fact]
    public void Find_AnAnswerNamesAnotherEpochBeforeAnyPoll_IsNone()
    {
        _last.Adopt([A], TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_book.Find("r1")!.Witness(null, "bb"));
        Assert.Empty(_last.Find(_settings.Monitor.Current).Digests);
    }

    [Fact]
    public void Find_AnAnswerNamesTheEpochBeforeAnyPoll_IsThatEpoch()
    {
        _last.Adopt([A, B], TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        _book.Find("r1")!.Witness("fa", "ba");
        AssertFinds(TimeSpan.FromTicks(1), A);

        // The other replica may have another one.
        _book.Find("r2")!.Witness("fb", "bb");
        AssertFinds(TimeSpan.FromTicks(1), A, B);
    }

    [Fact]
    public void Find_OneReplicaSpeaksAgainstWhatAnotherWasLastKnownToHave_IsNone()
    {
        Poll("r1", A);
        Poll("r2", A);
        _time.Advance(TimeSpan.FromSeconds(90));
        _book.Find("r1")!.Witness("fb", "bb");
        Assert.Empty(_last.Find(_settings.Monitor.Current).Digests);
    }

    public void Dispose() => _settings.Dispose();

    private void Poll(string replica, Epoch epoch) => _book.Find(replica)!.Report(epoch, _time.GetTimestamp(), TimeSpan.FromMinutes(1));

    private void AssertFinds(TimeSpan lapsed, params Epoch[] epochs)
    {
        var found = _last.Find(_settings.Monitor.Current);
        Assert.Equal(epochs.Select(epoch => epoch.DigestWith("")), found.Digests);
        Assert.Equal(lapsed, found.Lapsed);
    }
}
