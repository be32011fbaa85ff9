namespace IslGateway.Caching.Answers;

/// <summary>What objects take on a 64-bit heap, so that what a store counts is what it holds.</summary>
internal static class HeapSize
{
    /// <summary>The head of an array, its length included.</summary>
    private const long ArrayHead = 24;

    private const long Alignment = 8;

    /// <summary>An array with so many bytes in it; an empty one is shared by all.</summary>
    public static long OfArray(long bytes) => bytes == 0 ? 0 : (ArrayHead + bytes + Alignment - 1) / Alignment * Alignment;
}
