using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>
/// What is written under a lease's name: a <see cref="RedisRecord"/> whose content is the holder's random token, 32 bytes, or nothing at
/// all for a lease that was in vain.
/// </summary>
internal static class LeaseRecord
{
    public static byte[] Held(string name, Digest token)
    {
        Span<byte> content = stackalloc byte[Digest.Size];
        token.CopyTo(content);
        return RedisRecord.Encode(name, content);
    }

    public static byte[] NotStored(string name) => RedisRecord.Encode(name, []);

    /// <param name="name">The lease's name.</param>
    /// <param name="record">What stands there; null: nothing does.</param>
    public static LeaseStanding Read(string name, byte[]? record) =>
        record is null ? LeaseStanding.Nothing
        : !RedisRecord.TryDecode(name, record, out var content) ? LeaseStanding.Damaged
        : content.Length switch { 0 => LeaseStanding.NotStored, Digest.Size => LeaseStanding.Held, _ => LeaseStanding.Damaged };
}
