namespace IslGateway.Content;

/// <summary>
/// Counts the bytes that all request and fill buffers of the process hold together, so that many callers at once cannot exhaust memory.
/// One instance per process; safe for concurrent use.
/// </summary>
internal sealed class BufferBudget
{
    private long _limit;
    private long _inUse;

    /// <param name="limit">Bytes that may be held at the same time.</param>
    public BufferBudget(long limit) => Limit = limit;

    /// <summary>Bytes held now.</summary>
    public long InUse => Volatile.Read(ref _inUse);

    /// <summary>Bytes that may be held. Lowering it below <see cref="InUse"/> takes nothing back; it refuses more.</summary>
    public long Limit
    {
        get => Volatile.Read(ref _limit);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _limit, value);
        }
    }

    /// <summary>Takes <paramref name="bytes"/> if they fit, all or none.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var inUse = InUse;
        while (bytes <= Limit - inUse)
        {
            var seen = Interlocked.CompareExchange(ref _inUse, inUse + bytes, inUse);
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
        Interlocked.Add(ref _inUse, bytes);
        return new BufferHold(this, bytes);
    }

    /// <summary>Takes <paramref name="bytes"/> if they fit; null if they do not.</summary>
    public BufferHold? TryHold(long bytes) => TryReserve(bytes) ? new BufferHold(this, bytes) : null;

    /// <summary>Gives back what <see cref="TryReserve"/> took.</summary>
    /// <exception cref="InvalidOperationException">More is given back than was taken: the accounting has a bug.</exception>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Interlocked.Add(ref _inUse, -bytes) < 0)
            throw new InvalidOperationException("More buffer bytes were released than reserved.");
    }
}
