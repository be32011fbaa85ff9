using IslGateway.Caching.Answers;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>What is remembered of fills that were not stored.</summary>
public sealed class UnstoredFillsTests
{
    private static readonly Digest Key = Digest.Of("key"u8);

    private readonly FakeTimeProvider _time = new();
    private readonly UnstoredFills _fills;

    public UnstoredFillsTests() => _fills = new UnstoredFills(_time);

    [Fact]
    public void Take_NotStored_IsFoundWithItsAge_UntilOneIsStored()
    {
        _fills.Take(Key, new FillResult { NotStored = Reason.NeverStore });
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((Reason.NeverStore, null, TimeSpan.FromSeconds(5)), _fills.Find(Key));

        _fills.Take(Key, FillResult.Failed(Problems.Unreachable()));
        Assert.Equal((Reason.UpstreamUnreachable, null, TimeSpan.Zero), _fills.Find(Key));

        _fills.Take(Key, new FillResult());
        Assert.Null(_fills.Find(Key));
    }

    [Fact]
    public void Take_NotSent_SaysNothingOfTheAnswer()
    {
        _fills.Take(Key, new FillResult { NotStored = Reason.NeverStore });
        _fills.Take(Key, FillResult.NotSent(Problems.BuffersFull()));
        Assert.Equal(Reason.NeverStore, _fills.Find(Key)?.Reason);
    }

    [Fact]
    public void AddOversize_HoldsForAMinute()
    {
        _fills.AddOversize(Key);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(_fills.IsOversize(Key));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_fills.IsOversize(Key));
    }
}
