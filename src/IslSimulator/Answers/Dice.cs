using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IslSimulator.Answers;

/// <summary>A random number generator (SplitMix64) whose whole sequence follows from its seed.</summary>
internal sealed class Dice
{
    private ulong _state;

    private Dice(ulong seed) => _state = seed;

    public static Dice From(ReadOnlySpan<byte> seed)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(seed, digest);
        return new Dice(BinaryPrimitives.ReadUInt64BigEndian(digest));
    }

    public static Dice From(string seed) => From(Encoding.UTF8.GetBytes(seed));

    public static Dice Unseeded() => From(RandomNumberGenerator.GetBytes(16));

    /// <summary>A number from 0 up to, not including, 1.</summary>
    public double Next() => (Bits() >> 11) * (1.0 / (1UL << 53));

    public double Between(double low, double high) => Math.Round(low + ((high - low) * Next()), 4);

    public double Normal(double mean, double deviation) =>
        mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next()));

    public string Hex(int digits) => Bits().ToString("x16", null)[..digits];

    public T Pick<T>(IReadOnlyList<T> items) => items[(int)(Next() * items.Count)];

    private ulong Bits()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
