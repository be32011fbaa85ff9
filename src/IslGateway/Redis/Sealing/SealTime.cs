using System.Buffers.Binary;

namespace IslGateway.Redis.Sealing;

/// <summary>
/// The time that is sealed in. How old a record is, Redis tells, by what is left of its life; but whoever can write to Redis can prolong
/// that for ever. So what is sealed says by the wall clock when it was true, and is never taken for younger than that makes it, less what
/// two machines' clocks may be apart.
/// </summary>
internal static class SealTime
{
    public const int Size = sizeof(long);

    /// <summary>
    /// By how much a writer's clock may be behind the reader's at no cost. Beyond it what is shared seems older than it is, and never
    /// younger.
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Milliseconds since 1970, 64 bits, little-endian.</summary>
    public static void Write(Span<byte> destination, DateTimeOffset at) =>
        BinaryPrimitives.WriteInt64LittleEndian(destination, at.ToUnixTimeMilliseconds());

    /// <summary>How old it is at the least. Only what a seal has vouched for may be read: any other number need not be a time.</summary>
    public static TimeSpan LeastAge(ReadOnlySpan<byte> source, DateTimeOffset now) =>
        now - DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(source)) - Tolerance;
}
