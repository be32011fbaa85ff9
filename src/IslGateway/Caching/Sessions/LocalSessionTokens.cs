using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Tokens in this process: right where there is no other gateway.</summary>
internal sealed class LocalSessionTokens(TimeProvider time) : ISessionTokens
{
    /// <summary>Users remembered: about 200 bytes each.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentLru<Digest, Digest> _tokens = new(Capacity);
    private readonly UnsettledUsers _unsettled = new(Capacity, time);

    public bool AreShared => false;

    public ValueTask<SessionTokens?> ReadAsync(Digest user, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var tokens = new SessionTokens(TokenOf(user), TokenOf(SessionVersions.Everyone));
        return ValueTask.FromResult(IsUnsettled(user) ? null : (SessionTokens?)tokens);
    }

    public ValueTask<SessionTokens?> PeekAsync(Digest user, CancellationToken cancellationToken)
    {
        var tokens = new SessionTokens(Known(user), Known(SessionVersions.Everyone));
        return ValueTask.FromResult(IsUnsettled(user) ? null : (SessionTokens?)tokens);
    }

    public ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        // Marked first: whoever reads the new token without the mark could keep what is computed before the update is applied.
        foreach (var user in users)
        {
            if (unsettledFor > TimeSpan.Zero) _unsettled.Add(user, unsettledFor);
            _tokens.AddOrUpdate(user, Digest.Random());
        }

        return ValueTask.FromResult(true);
    }

    public Task SettleAsync() => Task.CompletedTask;

    private bool IsUnsettled(Digest user) => _unsettled.Contains(user) || _unsettled.Contains(SessionVersions.Everyone);

    private Digest Known(Digest user) => _tokens.TryGet(user, out var token) ? token : default;

    private Digest TokenOf(Digest user) => _tokens.GetOrAdd(user, static _ => Digest.Random());
}
