using IslGateway.Caching.Sessions;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class LocalSessionTokensTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(65);
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly SteppedTime _time = new();
    private readonly LocalSessionTokens _tokens;

    public LocalSessionTokensTests() => _tokens = new LocalSessionTokens(_time);

    [Fact]
    public async Task Read_Unsettled_IsRefusedUntilTheUpdateCannotComeAnyMore()
    {
        var before = await ReadAsync(Ann);
        Assert.True(await _tokens.RaiseAsync([Ann], Long));

        Assert.Null(await ReadAsync(Ann));
        Assert.NotNull(await ReadAsync(Bob));
        _time.Advance(Long - TimeSpan.FromTicks(1));
        Assert.Null(await ReadAsync(Ann));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(await ReadAsync(Ann));
        Assert.NotEqual(before, await ReadAsync(Ann));
    }

    [Fact]
    public async Task Read_UnsettledAndRaisedByAnotherUpdate_StaysUnsettled()
    {
        await _tokens.RaiseAsync([Ann], Long);
        await _tokens.RaiseAsync([Ann], TimeSpan.Zero);
        Assert.Null(await ReadAsync(Ann));
    }

    [Fact]
    public void Unsettled_TooMany_IsEveryoneUntilSomeAreThrough()
    {
        var users = new UnsettledUsers(capacity: 1, _time);
        users.Add(Ann, Long);
        Assert.False(users.Contains(SessionVersions.Everyone));
        users.Add(Bob, Long);
        Assert.True(users.Contains(SessionVersions.Everyone));

        _time.Advance(Long);
        Assert.False(users.Contains(SessionVersions.Everyone));
        Assert.False(users.Contains(Ann));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Unsettled_ClockIsSet_LastsAsLong(int days)
    {
        var users = new UnsettledUsers(capacity: 8, _time);
        users.Add(Ann, Long);

        _time.Step = TimeSpan.FromDays(days);

        Assert.True(users.Contains(Ann));
        _time.Advance(Long);
        Assert.False(users.Contains(Ann));
    }

    private async Task<Digest?> ReadAsync(Digest user) =>
        (await _tokens.ReadAsync(user, asker: null, TestContext.Current.CancellationToken))?.User;
}
