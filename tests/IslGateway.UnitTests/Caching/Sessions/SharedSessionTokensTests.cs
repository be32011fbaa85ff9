using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Sessions;

/// <summary>When the answer to an update may go.</summary>
public sealed class SharedSessionTokensTests : IAsyncDisposable
{
    private static readonly Digest Ann = Digest.Of("ann"u8);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly ScriptedRaises _redis = new();
    private readonly RedisConnection _connection;
    private readonly Membership _membership;
    private readonly SharedSessionTokens _tokens;

    public SharedSessionTokensTests()
    {
        var metrics = new GatewayMetrics();
        var health = new RedisHealth(_settings.Monitor, metrics, _time, NullLogger<RedisHealth>.Instance);
        _connection = new RedisConnection(_settings.Monitor, health, _time, NullLogger<RedisConnection>.Instance);
        var troubles = new RedisTroubles(metrics);
        var gate = new RedisGate(
            _connection, health, new RedisNodes(_connection, health, _time), troubles, _settings.Monitor, _time);
        var keys = new KeyComposer(_settings.Monitor);
        _membership = new Membership(_time);
        _tokens = new SharedSessionTokens(
            new RedisSessions(gate, new RedisNames(_settings.Monitor), troubles), _connection, new SessionInvalidations(_redis, keys),
            _membership, keys, _time);
    }

    [Fact]
    public async Task Settle_RedisWasNeverReached_IsDone()
    {
        Assert.False(await RaiseAsync(isAcknowledged: false));
        await _tokens.SettleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Settle_Acknowledged_IsDoneEvenIfEveryHeartbeatComesTooLate(bool isLate)
    {
        Hear(_connection.Breaks, isLate);
        Assert.True(await RaiseAsync(isAcknowledged: true));
        await _tokens.SettleAsync();
    }

    [Fact]
    public async Task Settle_NotAcknowledged_WaitsUntilTheSignHasGone()
    {
        Hear(_connection.Breaks);
        Assert.False(await RaiseAsync(isAcknowledged: false));
        await WaitsUntilTheSignHasGoneAsync();
    }

    [Fact]
    public async Task Settle_AcknowledgedByAnotherConnectionThanTheSign_WaitsUntilThatHasGone()
    {
        Hear(_connection.Breaks - 1);
        Assert.True(await RaiseAsync(isAcknowledged: true));
        await WaitsUntilTheSignHasGoneAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _settings.Dispose();
    }

    private async Task WaitsUntilTheSignHasGoneAsync()
    {
        var settling = _tokens.SettleAsync();
        var step = TimeSpan.FromMilliseconds(20);
        for (var passed = step; passed < Membership.Lapse; passed += step)
        {
            Assert.False(settling.IsCompleted);
            _time.Advance(step);
        }

        _time.Advance(step);
        while (!settling.IsCompleted)
        {
            await Task.Yield();
            _time.Advance(step);
        }
    }

    private ValueTask<bool> RaiseAsync(bool isAcknowledged)
    {
        _redis.Acknowledges = isAcknowledged;
        return _tokens.RaiseAsync([Ann], TimeSpan.Zero);
    }

    private void Hear(int breaks, bool isLate = false) =>
        _membership.Hear(new SessionBeatReply(1, isLate ? null : new SessionStanding(false, 0, null, [])), breaks);
}
