using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Tokens in this process: right where there is no other gateway.</summary>
internal sealed class LocalBeliefTokens(TimeProvider time) : IBeliefTokens
{
    /// <summary>Names remembered: about 200 bytes each.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentLru<Digest, Digest> _tokens = new(Capacity);
    private readonly UnsettledUsers _unsettled = new(Capacity, time);

    public bool AreShared => false;

    public ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> names, RedisPatience? asker, CancellationToken cancellationToken)
    {
        Digest[] tokens = [.. names.Select(name => _tokens.GetOrAdd(name, static _ => Digest.Random()))];
        return ValueTask.FromResult(names.Any(_unsettled.Contains) || _unsettled.Contains(BeliefVersions.Everyone) ? null : tokens);
    }

    public ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> names, TimeSpan unsettledFor)
    {
        // Marked first: whoever reads the new token without the mark could keep what is computed before the update is applied.
        foreach (var name in names)
        {
            if (unsettledFor > TimeSpan.Zero) _unsettled.Add(name, unsettledFor);
            _tokens.AddOrUpdate(name, Digest.Random());
        }

        return ValueTask.FromResult(true);
    }

    public Task SettleAsync() => Task.CompletedTask;
}
