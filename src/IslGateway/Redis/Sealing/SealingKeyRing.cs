namespace IslGateway.Redis.Sealing;

/// <summary>The keys in force, at least one: the newest seals, all of them open.</summary>
internal sealed class SealingKeyRing(IReadOnlyList<byte[]> secrets)
{
    private readonly SealingKey[] _keys = [.. secrets.Select(secret => new SealingKey(secret))];

    public SealingKey Newest => _keys[0];

    /// <summary>The key that this is the id of; null: none of ours.</summary>
    public SealingKey? Find(ReadOnlySpan<byte> id)
    {
        foreach (var key in _keys)
        {
            if (key.Id.SequenceEqual(id)) return key;
        }

        return null;
    }
}
