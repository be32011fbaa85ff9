using System.Globalization;
using System.Numerics;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// How far two JSON numbers are apart: |a - b| / max(|a|, |b|). Whole numbers are compared exactly at any size, others as doubles, and a
/// whole number with a double as what it exactly stands for: so 5 and 5.0 are equal, as 0 and -0 are, and 2^53 and 2^53 + 1 are not.
/// </summary>
internal static class RelativeChange
{
    /// <summary>Longer numbers are equal only if they are spelt alike: to read them would take time that grows with their square.</summary>
    private const int LongestNumber = 1_000;

    /// <summary>Up to here a whole number can be divided as a double.</summary>
    private static readonly BigInteger LargestDivided = BigInteger.Pow(2, 1_000);

    /// <summary>The change from one number to another, 0 (and then they are equal) to 2; null: it cannot be measured.</summary>
    /// <param name="left">A number as it stands in a JSON text.</param>
    /// <param name="right">The other.</param>
    public static double? Of(string left, string right)
    {
        if (left == right) return 0;
        if (left.Length > LongestNumber || right.Length > LongestNumber) return null;
        if (WholeOf(left) is { } a && WholeOf(right) is { } b) return Of(a, b);
        var (x, y) = (double.Parse(left, CultureInfo.InvariantCulture), double.Parse(right, CultureInfo.InvariantCulture));
        return double.IsFinite(x) && double.IsFinite(y) ? Of(x, y) : null;
    }

    private static double Of(BigInteger left, BigInteger right)
    {
        if (left == right) return 0;
        var (apart, larger) = (BigInteger.Abs(left - right), BigInteger.Max(BigInteger.Abs(left), BigInteger.Abs(right)));
        var ratio = larger < LargestDivided ? (double)apart / (double)larger : Math.Exp(BigInteger.Log(apart) - BigInteger.Log(larger));
        return Math.Clamp(ratio, double.Epsilon, 2);
    }

    private static double Of(double left, double right)
    {
        if (left.Equals(right)) return 0;
        var (apart, larger) = (Math.Abs(left - right), Math.Max(Math.Abs(left), Math.Abs(right)));

        // Two that are far apart on either side of 0 have no finite distance, but shares of the larger one have.
        return double.IsFinite(apart) ? apart / larger : Math.Abs((left / larger) - (right / larger));
    }

    private static BigInteger? WholeOf(string number)
    {
        if (!number.AsSpan().ContainsAny('.', 'e', 'E')) return BigInteger.Parse(number, CultureInfo.InvariantCulture);
        var value = double.Parse(number, CultureInfo.InvariantCulture);
        return double.IsInteger(value) ? new BigInteger(value) : null;
    }
}
