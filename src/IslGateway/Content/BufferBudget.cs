namespace IslGateway.Content;

/// <summary>
/// Counts the bytes in all request and fill buffers of the process, so that many callers at once cannot exhaust its memory. The process has
/// one instance and its <see cref="ForFills"/>. Safe for concurrent use.
/// </summary>
internal sealed class BufferBudget
{
    /// <summary>
    /// The share of the limit, in eighths, that fills may use. The last eighth is for reading requests and sending stored answers, so that
    /// a hit finds room while ISL is behind.
    /// </summary>
    private const int FillEighths = 7;

    private readonly BufferBudget? _whole;
    private long _limit;
    private long _inUse;

    /// <param name="limit">The most bytes to hold at the same time.</param>
    public BufferBudget(long limit)
    {
        Limit = limit;
        ForFills = new BufferBudget(this);
    }

    private BufferBudget(BufferBudget whole) => (_whole, ForFills) = (whole, this);

    /// <summary>The same budget for work that needs ISL: refused once its share of the limit is held.</summary>
    public BufferBudget ForFills { get; }

    /// <summary>Bytes held now.</summary>
    public long InUse => Volatile.Read(ref (_whole ?? this)._inUse);

    /// <summary>The most bytes to hold. Lowering it below <see cref="InUse"/> takes nothing back, but refuses more.</summary>
    public long Limit
    {
        get => _whole is null ? Volatile.Read(ref _limit) : _whole.Limit / 8 * FillEighths;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref (_whole ?? this)._limit, value);
        }
    }

    /// <summary>Takes <paramref name="bytes"/> if all of them fit.</summary>
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
    /// Counts bytes that are held already and cannot be refused, beyond the limit if need be: until the result is disposed, others are
    /// refused instead.
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
