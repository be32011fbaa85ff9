using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class SessionInvalidationsTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(65);
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly LiveSettings _settings = new();
    private readonly ScriptedRaises _redis = new();
    private readonly KeyComposer _keys;
    private readonly SessionInvalidations _outbox;

    public SessionInvalidationsTests()
    {
        _keys = new KeyComposer(_settings.Monitor);
        _outbox = new SessionInvalidations(_redis, _keys);
    }

    [Fact]
    public async Task Replay_Acknowledged_LeavesNothing()
    {
        var version = _outbox.Add([Ann], TimeSpan.Zero);
        Assert.Equal((false, true, false), (_outbox.AreAcknowledged(version), _outbox.AwaitsAny(Ann), _outbox.AwaitsAny(Bob)));

        Assert.True(await _outbox.ReplayAsync(isAwaited: true));

        Assert.Equal((true, false, true), (_outbox.AreAcknowledged(version), _outbox.AwaitsAny(Ann), _outbox.AreEmpty));
        Assert.Equal([(_keys.Conceal(Ann), false)], _redis.Last);
    }

    [Fact]
    public async Task Replay_NotAcknowledged_IsMadeAgain()
    {
        var version = _outbox.Add([Ann], TimeSpan.Zero);
        _redis.Acknowledges = false;

        Assert.False(await _outbox.ReplayAsync(isAwaited: true));
        Assert.False(_outbox.AreAcknowledged(version));

        _redis.Acknowledges = true;
        Assert.True(await _outbox.ReplayAsync(isAwaited: false));
        Assert.Equal((true, 2), (_outbox.AreAcknowledged(version), _redis.Number));
    }

    [Fact]
    public async Task Replay_AddedAgainMeanwhile_IsStillToDo()
    {
        var first = _outbox.Add([Ann], TimeSpan.Zero);
        var second = 0L;
        _redis.Meanwhile = () => second = _outbox.Add([Ann, Bob], TimeSpan.Zero);

        Assert.False(await _outbox.ReplayAsync(isAwaited: true));

        Assert.Equal((true, false), (_outbox.AreAcknowledged(first), _outbox.AreAcknowledged(second)));
        _redis.Meanwhile = null;
        await _outbox.ReplayAsync(isAwaited: true);
        Assert.Equal(new HashSet<(Digest?, bool)> { (_keys.Conceal(Ann), false), (_keys.Conceal(Bob), false) }, _redis.Last.ToHashSet());
    }

    [Fact]
    public async Task Replay_Unsettled_StaysSoForTheLongestTime()
    {
        _outbox.Add([Bob], Long);
        _outbox.Add([Ann], Long / 2);
        _outbox.Add([Ann], TimeSpan.Zero);

        await _outbox.ReplayAsync(isAwaited: true);

        Assert.Equal(new HashSet<(Digest?, bool)> { (_keys.Conceal(Ann), true), (_keys.Conceal(Bob), true) }, _redis.Last.ToHashSet());
        Assert.Equal(Long, _redis.UnsettledFor);
    }

    [Fact]
    public async Task Add_Everyone_IsNamedWithoutTheSecret()
    {
        _outbox.Add([SessionVersions.Everyone], TimeSpan.Zero);
        Assert.True(_outbox.AwaitsAny(Ann));
        await _outbox.ReplayAsync(isAwaited: true);
        Assert.Equal([(null, false)], _redis.Last);
    }

    [Fact]
    public async Task Add_TooMany_StandForEveryone()
    {
        _outbox.Add([Digest.Of("unsettled"u8)], Long);
        for (var i = 0; i < 1_024; i++) _outbox.Add([Digest.Of(Encoding.ASCII.GetBytes($"user {i}"))], TimeSpan.Zero);
        await _outbox.ReplayAsync(isAwaited: true);
        Assert.Equal([(null, true)], _redis.Last);
    }

    public void Dispose() => _settings.Dispose();
}
