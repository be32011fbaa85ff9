using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>
/// The token of one scope of purging: everything, or one row. Read without a lock; all else belongs to <see cref="Generations"/> and is
/// touched under its lock only.
/// </summary>
/// <param name="field">The scope's name, in Redis and for people.</param>
internal sealed class Generation(string field)
{
    // 32 bytes are not read at once: the reference to them is.
    private volatile object _token = Digest.Random();

    public string Field { get; } = field;

    public Digest Token
    {
        get => (Digest)_token;
        set => _token = value;
    }

    /// <summary>The change by which it was purged, while Redis has not acknowledged that; 0: nothing is pending.</summary>
    public long PurgedAt { get; set; }

    /// <summary>The last change made here: a reading begun before it says nothing.</summary>
    public long ChangedAt { get; set; }
}
