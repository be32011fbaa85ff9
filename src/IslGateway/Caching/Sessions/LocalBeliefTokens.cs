using BitFaster.Caching.Lru;
using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Sessions;

/// <summary>Tokens in this process: right where there is no other gateway.</summary>
internal sealed class LocalBeliefTokens : IBeliefTokens
{
    /// <summary>Names remembered: about 200 bytes each.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentLru<Digest, Digest> _tokens = new(Capacity);

    public bool AreShared => false;

    public ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> names, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Digest[]?>([.. names.Select(name => _tokens.GetOrAdd(name, static _ => Digest.Random()))]);

    public ValueTask RaiseAsync(IReadOnlyList<Digest> names)
    {
        foreach (var name in names) _tokens.AddOrUpdate(name, Digest.Random());
        return ValueTask.CompletedTask;
    }
}
