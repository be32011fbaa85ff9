using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>
/// The token of one field. <see cref="Token"/> is read without a lock; all else belongs to <see cref="TokenSet"/> and is touched under its
/// lock.
/// </summary>
/// <param name="field">The field's name, in Redis and for people.</param>
internal sealed class SharedToken(string field)
{
    // 32 bytes are not read at once: the reference to them is.
    private volatile object _token = Digest.Random();

    public string Field { get; } = field;

    public Digest Token => (Digest)_token;

    /// <summary>See <see cref="TokenRecord.Stamp"/>; null: only this gateway has it.</summary>
    public long? Stamp { get; private set; }

    /// <summary>When it last became another, as a timestamp of the time provider.</summary>
    public long ChangedAt { get; private set; } = long.MinValue;

    public void Become(Digest token, long? stamp, long now)
    {
        if (token != Token) ChangedAt = now;
        (_token, Stamp) = (token, stamp);
    }

    /// <summary>Whether what stands in Redis counts more. Of equal stamps everybody takes the same token.</summary>
    public bool IsOlderThan(TokenRecord there) => Stamp is not { } mine || there.Stamp > mine
        || (there.Stamp == mine && string.CompareOrdinal(there.Token.ToString(), Token.ToString()) > 0);
}
