using System.Globalization;
using System.Numerics;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>Floats as Python writes them.</summary>
internal static class PythonFloat
{
    /// <summary>
    /// float.__repr__: the shortest digits that read back, fixed from 1e-4 up to 1e16, otherwise with an exponent of two digits at least.
    /// </summary>
    public static string Repr(double number)
    {
        // At some powers of two, 2^-25 for one, .NET leaves out a digit too many: then all 17.
        var spelled = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        if (double.Parse(spelled, CultureInfo.InvariantCulture) != Math.Abs(number))
            spelled = Math.Abs(number).ToString("E16", CultureInfo.InvariantCulture);
        var shortest = spelled.Split('E');
        var sign = double.IsNegative(number) ? "-" : "";
        var parts = shortest[0].Split('.');
        var digits = parts[0] + (parts.Length > 1 ? parts[1] : "");
        var point = parts[0].Length + (shortest.Length > 1 ? int.Parse(shortest[1], CultureInfo.InvariantCulture) : 0);
        var significant = digits.TrimStart('0');
        point -= digits.Length - significant.Length;
        significant = significant.TrimEnd('0');
        if (significant.Length == 0)
            return sign + "0.0";
        significant = EvenOfTwo(Math.Abs(number), significant, point - significant.Length);
        if (point is > -4 and <= 16)
        {
            if (point <= 0)
                return $"{sign}0.{new string('0', -point)}{significant}";
            return point >= significant.Length
                ? $"{sign}{significant.PadRight(point, '0')}.0"
                : $"{sign}{significant[..point]}.{significant[point..]}";
        }

        var exponent = (point - 1).ToString("+00;-00", CultureInfo.InvariantCulture);
        return significant.Length == 1 ? $"{sign}{significant}e{exponent}" : $"{sign}{significant[0]}.{significant[1..]}e{exponent}";
    }

    /// <summary>Where a double is exactly in the middle of two shortest forms Python writes the even one, .NET the upper one.</summary>
    private static string EvenOfTwo(double number, string digits, int exponent)
    {
        var upper = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        if (upper.IsEven) return digits;
        var bits = BitConverter.DoubleToInt64Bits(number);
        var field = (int)(bits >> 52);
        var fraction = bits & ((1L << 52) - 1);
        var (mantissa, power) = field == 0 ? (fraction, -1074) : (fraction | (1L << 52), field - 1075);

        // Twice the number, and the sum of the two forms, both times the same powers of two and ten.
        var twice = new BigInteger(mantissa) * BigInteger.Pow(2, Math.Max(0, power + 1)) * BigInteger.Pow(10, Math.Max(0, -exponent));
        var sum = ((2 * upper) - 1) * BigInteger.Pow(2, Math.Max(0, -power - 1)) * BigInteger.Pow(10, Math.Max(0, exponent));
        return twice == sum ? (upper - 1).ToString(CultureInfo.InvariantCulture) : digits;
    }
}
