namespace IslGateway.Caching.Answers;

/// <summary>
/// CRC-32 (RFC 1952, section 8) of bytes that come in parts, of which some were reckoned long ago: whoever knows a part's own sum and
/// length need not read its bytes again.
/// </summary>
internal static class Crc32Parts
{
    /// <summary>The polynomial with its bits reversed, as are all here: the highest bit of a number stands for 1, the next for x.</summary>
    private const uint Polynomial = 0xEDB88320;

    private const uint One = 1u << 31;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(octet => TimesX((uint)octet, 8))];

    /// <summary>What the length of a part does to the sum of all before it: x to the power of its bits, modulo the polynomial.</summary>
    public static uint ShiftOf(int length)
    {
        var (shift, power) = (One, TimesX(One, 8));
        for (var left = length; left > 0; left >>= 1)
        {
            if ((left & 1) != 0) shift = Multiply(shift, power);
            power = Multiply(power, power);
        }

        return shift;
    }

    /// <summary>The sum of two parts, one after the other.</summary>
    /// <param name="first">Of the first.</param>
    /// <param name="second">Of the second alone.</param>
    /// <param name="shift"><see cref="ShiftOf"/> the second.</param>
    public static uint Join(uint first, uint second, uint shift) => Multiply(first, shift) ^ second;

    /// <summary>The sum of a part and a short text of ASCII after it.</summary>
    public static uint Append(uint first, string text)
    {
        var sum = ~first;
        foreach (var character in text) sum = Table[(byte)(sum ^ character)] ^ (sum >> 8);
        return ~sum;
    }

    private static uint TimesX(uint factor, int times)
    {
        for (; times > 0; times--) factor = (factor >> 1) ^ (Polynomial & (0u - (factor & 1)));
        return factor;
    }

    private static uint Multiply(uint one, uint other)
    {
        var product = 0u;
        for (; one != 0; one <<= 1)
        {
            product ^= other & (uint)((int)one >> 31);
            other = TimesX(other, 1);
        }

        return product;
    }
}
