using System.Text;
using IslGateway.Caching.Sessions;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class PendingRaisesTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(65);
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly PendingRaises _pending = new();

    [Fact]
    public void Acknowledge_AllThatWasPending_LeavesNothing()
    {
        var version = _pending.Add([Ann], TimeSpan.Zero);
        Assert.False(_pending.IsAcknowledged(version));

        _pending.Acknowledge(_pending.Snapshot());

        Assert.True(_pending.IsEmpty);
        Assert.True(_pending.IsAcknowledged(version));
    }

    [Fact]
    public void Acknowledge_AddedAgainMeanwhile_IsStillToDo()
    {
        var first = _pending.Add([Ann], TimeSpan.Zero);
        var written = _pending.Snapshot();
        var second = _pending.Add([Ann, Bob], TimeSpan.Zero);

        _pending.Acknowledge(written);

        Assert.Equal((true, false), (_pending.IsAcknowledged(first), _pending.IsAcknowledged(second)));
        Assert.Equal(new HashSet<Digest> { Ann, Bob }, _pending.Snapshot().Tokens.ToHashSet());
    }

    [Fact]
    public void Add_Unsettled_IsMarkedForTheLongestTime()
    {
        _pending.Add([Ann], TimeSpan.Zero);
        Assert.Empty(_pending.Snapshot().Marks);

        _pending.Add([Bob], Long);
        _pending.Add([Ann], Long / 2);

        var raises = _pending.Snapshot();
        Assert.Equal(new HashSet<Digest> { Ann, Bob }, raises.Marks.ToHashSet());
        Assert.Equal(Long, raises.MarkLife);
        _pending.Acknowledge(raises);
        Assert.True(_pending.IsEmpty);
    }

    [Fact]
    public void Add_TooMany_StandForEveryone()
    {
        for (var i = 0; i <= 1_024; i++) _pending.Add([Digest.Of(Encoding.ASCII.GetBytes($"user {i}"))], Long);

        Assert.Equal([BeliefVersions.Everyone], _pending.Snapshot().Tokens);
        Assert.Equal([BeliefVersions.Everyone], _pending.Snapshot().Marks);
    }
}
