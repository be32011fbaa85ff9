using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace IslGateway.Content;

/// <summary>
/// Makes the arrays of buffers against a budget: small ones come from the shared pool and go back to it, larger ones are made for one use.
/// </summary>
/// <remarks>
/// The shared pool keeps up to 32 arrays of each size for each processor, which no budget counts any more. Up to
/// <see cref="LargestPooled"/> that is 4 MiB for each processor; arrays of megabytes would be hundreds.
/// </remarks>
internal static class BufferArrays
{
    /// <summary>Bytes of the largest array that is pooled. A usual body fits.</summary>
    public const int LargestPooled = 64 * 1024;

    /// <summary>The smallest array that the pool has.</summary>
    private const int SmallestPooled = 16;

    /// <summary>
    /// Charges the budget and then makes an array of at least <paramref name="length"/> elements, of which only small ones are longer.
    /// False, with nothing charged, if the budget has no room, or the process no memory.
    /// </summary>
    /// <param name="budget">Charged with the array's bytes until <see cref="Return"/>; null: none is.</param>
    /// <param name="length">Elements, one at least.</param>
    /// <param name="array">Holds anything.</param>
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

    /// <summary>Gives an array back that <see cref="TryRent"/> made; an empty one is none of them.</summary>
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
