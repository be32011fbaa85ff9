using IslGateway.Caching.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class ReplicaTests
{
    private static readonly Epoch A = new("fa", "1", "ba");
    private static readonly Epoch B = new("fb", "1", "bb");
    private static readonly Epoch C = new("fa", "1", "bc");
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Replica _replica;

    public ReplicaTests() => _replica = new Replica("r", new Uri("http://r"), _time);

    [Fact]
    public void Replica_NeverPolled_KnowsNothing()
    {
        Assert.Null(_replica.Epoch);
        Assert.Equal(TimeSpan.MaxValue, _replica.EvidenceAge);
        Assert.False(_replica.IsAlternating(Minute));
        Assert.False(_replica.TryReportSince(long.MinValue, out _));
        Assert.False(_replica.Witness("fa", "ba"));
        Assert.False(_replica.Witness(null, null));
    }

    [Fact]
    public void Report_Epoch_IsKnownAndItsChangeTold()
    {
        Assert.True(Poll(A));
        Assert.Equal(A, _replica.Epoch);
        Assert.False(Poll(new Epoch("fa", "1", "ba")));
        Assert.True(Poll(B));
        Assert.Equal(B, _replica.Epoch);
    }

    [Fact]
    public void Epoch_ForAsLongAsItHolds_IsOneObject()
    {
        Poll(A);
        var held = _replica.Epoch;
        Poll(A with { });
        Assert.Same(held, _replica.Epoch);

        Poll(B);
        Poll(A);
        Assert.Equal(held, _replica.Epoch);
        Assert.NotSame(held, _replica.Epoch);
    }

    [Fact]
    public void Epoch_ContradictedAndReportedAgain_IsAnotherObject()
    {
        Poll(A);
        var held = _replica.Epoch;
        _replica.Witness("fb", "bb");
        _time.Advance(TimeSpan.FromSeconds(1));
        Poll(A);
        Assert.Equal(held, _replica.Epoch);
        Assert.NotSame(held, _replica.Epoch);
    }

    [Fact]
    public void Report_BegunBeforeAnAnswerThatContradictsIt_LeavesTheEpochUnknownUntilALaterOne()
    {
        Poll(A);
        var begunAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_replica.Witness("fb", "bb"));

        Assert.False(_replica.Report(A, begunAt, Minute));

        Assert.Null(_replica.Epoch);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Poll(A));
        Assert.Equal(A, _replica.Epoch);
    }

    [Fact]
    public void EvidenceAge_GoodPoll_StartsAnew()
    {
        Poll(A);
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), _replica.EvidenceAge);
        Poll(A);
        Assert.Equal(TimeSpan.Zero, _replica.EvidenceAge);
    }

    [Theory]
    [InlineData("fa", "ba", true)]
    [InlineData("fa", null, true)]
    [InlineData(null, "ba", true)]
    [InlineData(null, null, false)]
    public void Witness_AnswerThatAgrees_IsEvidenceIfItNamesAnything(string? fingerprint, string? build, bool isEvidence)
    {
        Poll(A);
        _time.Advance(Minute);

        Assert.True(_replica.Witness(fingerprint, build));

        Assert.Equal(isEvidence ? TimeSpan.Zero : Minute, _replica.EvidenceAge);
        Assert.Equal(A, _replica.Epoch);
    }

    [Theory]
    [InlineData("fb", "bb")]
    [InlineData("fb", null)]
    [InlineData("fb", "ba")]
    [InlineData("fa", "bb")]
    [InlineData(null, "bb")]
    [InlineData("", null)]
    public void Witness_AnswerThatContradicts_LeavesTheEpochUnknownUntilAPoll(string? fingerprint, string? build)
    {
        Poll(A);

        Assert.False(_replica.Witness(fingerprint, build));

        Assert.Null(_replica.Epoch);
        Assert.Equal(TimeSpan.MaxValue, _replica.EvidenceAge);
        Assert.False(_replica.TryReportSince(long.MinValue, out _));
        Assert.True(Poll(B));
        Assert.Equal(B, _replica.Epoch);
        Assert.False(_replica.IsAlternating(Minute));
    }

    [Theory]
    [InlineData("A", false)]
    [InlineData("AAAA", false)]
    [InlineData("AB", false)]
    [InlineData("ABB", false)]
    [InlineData("ABA", true)]
    [InlineData("AABBA", true)]
    [InlineData("ABAA", true)]
    [InlineData("A!A", false)]
    [InlineData("A!B", false)]
    [InlineData("A!BB", false)]
    [InlineData("A!B!A", true)]
    [InlineData("AB!A", true)]
    [InlineData("A!BA", true)]
    [InlineData("A!A!B", false)]
    [InlineData("ABC", false)]
    [InlineData("ABCA", true)]
    [InlineData("ABCB", true)]
    [InlineData("A!B!C!A", true)]
    public void IsAlternating_Polls_BackToAnEpochThatTheyHadLeft(string polls, bool expected)
    {
        // A, B and C are polls, ! an answer that contradicts the last.
        foreach (var step in polls)
        {
            if (step == '!') _replica.Witness("other", null);
            else Poll(step switch { 'A' => A, 'B' => B, _ => C });
        }

        Assert.Equal(expected, _replica.IsAlternating(Minute));
    }

    [Theory]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public void IsAlternating_BackToWhatWasLeftLongAgo_IsADeploymentOfItsOwn(int secondsAway, bool expected)
    {
        Poll(A);
        Poll(B);
        Poll(C);
        _time.Advance(TimeSpan.FromSeconds(secondsAway));
        Poll(C);
        Poll(A);
        Assert.Equal(expected, _replica.IsAlternating(Minute));
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void IsAlternating_ManyEpochsBetween_RemembersSixteen(int others, bool expected)
    {
        Poll(A);
        for (var i = 0; i < others; i++) Poll(new Epoch($"f{i}", null, null));
        Poll(A);
        Assert.Equal(expected, _replica.IsAlternating(Minute));
    }

    [Fact]
    public void IsAlternating_LongAgo_IsOver()
    {
        foreach (var epoch in (Epoch[])[A, B, A]) Poll(epoch);
        _time.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.True(_replica.IsAlternating(Minute));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(_replica.IsAlternating(Minute));
    }

    [Fact]
    public void TryReportSince_PollBegunBefore_DoesNotCount()
    {
        var begun = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        _replica.Report(A, begun, Minute);

        Assert.False(_replica.TryReportSince(begun, out _));
        Assert.True(_replica.TryReportSince(begun - 1, out var epoch));
        Assert.Equal(A, epoch);
        Assert.False(_replica.TryReportSince(_time.GetTimestamp(), out _));
    }

    private bool Poll(Epoch epoch) => _replica.Report(epoch, _time.GetTimestamp(), Minute);
}
