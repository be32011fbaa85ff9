using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace IslGateway.Content;

/// <summary>
/// A growing buffer in one array, with a hard limit, counted in a <see cref="BufferBudget"/>. Lack of room is a return value, except
/// through <see cref="IBufferWriter{T}"/>, which can report it only by an exception. One writer at a time; written memory is valid until
/// the next growth or <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// The budget counts the array's size, not the bytes written, and while the buffer grows both the old and the new array: that is what the
/// process really uses.
/// </remarks>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>The largest possible limit.</summary>
    public const int MaxLimit = 1 << 30;

    private const int MinimumArray = 256;

    private readonly BufferBudget _budget;
    private byte[]? _array = [];

    /// <param name="budget">Charged with every array that this buffer rents.</param>
    /// <param name="limit">The most bytes that may be written; at most <see cref="MaxLimit"/>.</param>
    public PooledBuffer(BufferBudget budget, long limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        _budget = budget;
        Limit = (int)limit;
    }

    /// <summary>The most bytes that may be written.</summary>
    public int Limit { get; }

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => Rented.AsMemory(0, Length);

    public ReadOnlySpan<byte> WrittenSpan => Rented.AsSpan(0, Length);

    /// <summary>The room that can be written to without growing, up to the limit. Follow with <see cref="Advance"/>.</summary>
    public Span<byte> FreeSpan => Rented.AsSpan(Length, FreeLength);

    private byte[] Rented
    {
        get
        {
            ObjectDisposedException.ThrowIf(_array is null, this);
            return _array;
        }
    }

    private int FreeLength => Math.Min(Rented.Length, Limit) - Length;

    /// <summary>
    /// Makes room for <paramref name="free"/> more bytes and keeps what is written. Sizes double until they reach the limit.
    /// </summary>
    public BufferOutcome Reserve(int free)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(free);
        var needed = (long)Length + free;
        if (needed > Limit)
            return BufferOutcome.LimitExceeded;

        return needed <= Rented.Length ? BufferOutcome.Ok : Grow((uint)needed);
    }

    /// <summary>Writes all of <paramref name="bytes"/>, or nothing.</summary>
    public BufferOutcome Append(ReadOnlySpan<byte> bytes)
    {
        var outcome = Reserve(bytes.Length);
        if (outcome != BufferOutcome.Ok)
            return outcome;

        bytes.CopyTo(FreeSpan);
        Length += bytes.Length;
        return BufferOutcome.Ok;
    }

    /// <summary>Forgets what was written beyond a length.</summary>
    public void CutTo(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        Length = length;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FreeLength);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ReserveOrThrow(sizeHint);
        return Rented.AsMemory(Length, FreeLength);
    }

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ReserveOrThrow(sizeHint);
        return FreeSpan;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
            BufferArrays.Return(_budget, array);
    }

    private BufferOutcome Grow(uint needed)
    {
        // An array too large for the pool need not be larger than the limit.
        var size = BitOperations.RoundUpToPowerOf2(Math.Max(needed, MinimumArray));
        if (size > BufferArrays.LargestPooled) size = Math.Min(size, (uint)Limit);
        if (!BufferArrays.TryRent<byte>(_budget, (int)size, out var larger))
            return BufferOutcome.BudgetExceeded;

        var smaller = Rented;
        smaller.AsSpan(0, Length).CopyTo(larger);
        _array = larger;
        BufferArrays.Return(_budget, smaller);
        return BufferOutcome.Ok;
    }

    private void ReserveOrThrow(int sizeHint)
    {
        var outcome = Reserve(Math.Max(sizeHint, 1));
        if (outcome != BufferOutcome.Ok)
            ThrowNoRoom(outcome);
    }

    [DoesNotReturn]
    private void ThrowNoRoom(BufferOutcome outcome) =>
        throw new InvalidOperationException($"No room after {Length} bytes: {outcome} (limit {Limit} bytes).");
}
