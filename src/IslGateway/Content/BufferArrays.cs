using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace IslGateway.Content;

/// <summary>
/// Makes arrays for buffers and counts them in a budget: small ones come from the shared pool, larger ones are allocated for one use.
/// </summary>
/// <remarks>
/// The shared pool keeps up to 32 arrays of each size per processor, and no budget counts those. With arrays up to
/// <see cref="LargestPooled"/> that is at most 4 MiB per processor; with arrays of megabytes it would be hundreds.
/// </remarks>
internal static class BufferArrays
{
    /// <summary>Bytes of the largest array that is pooled; a usual body fits.</summary>
    public const int LargestPooled = 64 * 1024;

    /// <summary>The smallest array that the pool gives.</summary>
    private const int SmallestPooled = 16;

    /// <summary>
    /// Charges the budget, then makes an array of at least <paramref name="length"/> elements (pooled ones may be longer). False, with
    /// nothing charged, if the budget has no room or the process no memory.
    /// </summary>
    /// <param name="budget">Charged with the array's bytes until <see cref="Return"/>; null: no budget is.</param>
    /// <param name="length">Number of elements, at least one.</param>
    /// <param name="array">The array, with arbitrary content.</param>
    public static bool TryRent<T>(BufferBudget? budget, int length, [NotNullWhen(true)] out T[]? array)
        where T : unmanaged
    {
        array = null;
        var pooled = (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, SmallestPooled)), int.MaxValue);
        var isPooled = IsPooled<T>(pooled);
        var bytes = BytesOf<T>(isPooled ? pooled : length);
        if (budget?.TryReserve(bytes) == false) return false;
        try
        {
            array = isPooled ? ArrayPool<T>.Shared.Rent(pooled) : GC.AllocateUninitializedArray<T>(length);
            return true;
        }
        catch (OutOfMemoryException)
        {
            budget?.Release(bytes);
            return false;
        }
    }

    /// <summary>Gives back an array from <see cref="TryRent"/>; an empty array is ignored.</summary>
    public static void Return<T>(BufferBudget? budget, T[] array)
        where T : unmanaged
    {
        if (array.Length == 0) return;
        if (IsPooled<T>(array.Length)) ArrayPool<T>.Shared.Return(array);
        budget?.Release(BytesOf<T>(array.Length));
    }

    private static bool IsPooled<T>(int length)
        where T : unmanaged => BytesOf<T>(length) <= LargestPooled && BitOperations.IsPow2(length);

    private static long BytesOf<T>(int length)
        where T : unmanaged => (long)length * Unsafe.SizeOf<T>();
}
