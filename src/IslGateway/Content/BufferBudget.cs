namespace IslGateway.Content;

/// <summary>
/// Counts the bytes that all request and fill buffers of the process hold together, so that many callers at once cannot exhaust memory.
/// One instance per process, and its <see cref="ForFills"/>; safe for concurrent use.
/// </summary>
internal sealed class BufferBudget
{
    /// <summary>
    /// Eighths of the limit up to which work for ISL is let in, whoever holds them. The last one is for reading requests and sending
    /// stored answers: a hit finds room while ISL is behind.
    /// </summary>
    private const int FillEighths = 7;

    private readonly BufferBudget? _whole;
    private long _limit;
    private long _inUse;

    /// <param name="limit">Bytes that may be held at the same time.</param>
    public BufferBudget(long limit)
    {
        Limit = limit;
        ForFills = new BufferBudget(this);
    }

    private BufferBudget(BufferBudget whole) => (_whole, ForFills) = (whole, this);

    /// <summary>
    /// The same bytes for what belongs to a miss, or can never be a hit: refused once seven eighths of the limit are held.
    /// </summary>
    public BufferBudget ForFills { get; }

    /// <summary>Bytes held now.</summary>
    public long InUse => Volatile.Read(ref (_whole ?? this)._inUse);

    /// <summary>Bytes that may be held. Lowering it below <see cref="InUse"/> takes nothing back; it refuses more.</summary>
    public long Limit
    {
        get => _whole is null ? Volatile.Read(ref _limit) : _whole.Limit / 8 * FillEighths;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref (_whole ?? this)._limit, value);
        }
    }

    /// <summary>Takes <paramref name="bytes"/> if they fit, all or none.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var inUse = InUse;
        while (bytes <= Limit - inUse)
        {
            var seen = Interlocked.CompareExchange(ref (_whole ?? this)._inUse, inUse + bytes, inUse);
            if (seen == inUse)
                return true;

            inUse = seen;
        }

        return false;
    }

    /// <summary>
    /// Counts bytes that are there already and cannot be refused any more, beyond the limit if need be: then others are refused until the
    /// result is disposed.
    /// </summary>
    public BufferHold Hold(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref (_whole ?? this)._inUse, bytes);
        return new BufferHold(this, bytes);
    }

    /// <summary>Takes <paramref name="bytes"/> if they fit; null if they do not.</summary>
    public BufferHold? TryHold(long bytes) => TryReserve(bytes) ? new BufferHold(this, bytes) : null;

    /// <summary>Gives back what <see cref="TryReserve"/> took.</summary>
    /// <exception cref="InvalidOperationException">More is given back than was taken: the accounting has a bug.</exception>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Interlocked.Add(ref (_whole ?? this)._inUse, -bytes) < 0)
            throw new InvalidOperationException("More buffer bytes were released than reserved.");
    }
}
