using System.Globalization;
using System.Numerics;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>
/// Makes numbers as JSON spells them: those with a trap in them first of all, their neighbours, and other spellings of the same.
/// </summary>
internal sealed class NumberSpeller(Random random)
{
    private const int MantissaBits = 52;

    private static readonly string[] Integers =
    [
        "0", "-0", "1", "-1", "9", "10", "100000", "9007199254740991", "9007199254740992", "9007199254740993", "9007199254740994",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "18446744073709551617",
        "-9223372036854775809", "100000000000000000000000000000000000000000", "10000000000000000000000",
    ];

    private static readonly string[] Floats =
    [
        "0.0", "-0.0", "0e0", "-0E-5", "1.0", "1e0", "10e-1", "0.1e1", "-1.0", "1e5", "100000.0", "1E+5", "0.1", "1e-1", "0.10",
        "0.30000000000000004", "0.3", "1e15", "1e16", "1e21", "1e22", "1e23", "9007199254740992.0", "9007199254740993.0",
        "9007199254740994.0",
        "5e-324", "4e-324", "2e-324", "3e-324", "1e-400", "-1e-400", "1.7976931348623157e308", "1.7976931348623158e308",
        "2.2250738585072014e-308", "2.2250738585072011e-308", "2.225073858507201e-308", "1e-4", "1e-5", "0.00001", "123456789012345680.0",
        "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257828", "0e999999999999", "-0.0e-999999999999",
        "5.0e-1", "1.5", "8.41e21", "9.5367431640625e-7", "2.98023223876953125e-8",
    ];

    private static readonly string[] OutOfRange =
        ["1e400", "-1e309", "1.7976931348623159e308", "1.8e308", "1e999999999999", "-17976931348623159e292"];

    public string Integer() => random.Next(8) switch
    {
        < 5 => Integers[random.Next(Integers.Length)],
        5 => Sign() + random.Next(1, 10) + Digits(random.Next(40)),
        6 => ((BigInteger.One << random.Next(200)) + random.Next(-1, 2)).ToString(CultureInfo.InvariantCulture),
        _ => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
    };

    public string Float() => random.Next(12) switch
    {
        < 7 => Floats[random.Next(Floats.Length)],
        7 when random.Next(8) == 0 => OutOfRange[random.Next(OutOfRange.Length)],
        8 => Sign() + $"{random.Next(100)}.{Digits(random.Next(1, 20))}e{random.Next(-330, 309)}",
        9 => Shortest(Math.Round(random.NextDouble() * 1000, random.Next(4))),
        10 => Midpoint(Finite()),
        _ => Finite().ToString(random.Next(2) == 0 ? "E16" : "E14", CultureInfo.InvariantCulture),
    };

    /// <summary>A number that is near this one: the next double, one more or less, the other type, the other sign.</summary>
    public string Near(string number)
    {
        if (!IsFloat(number))
        {
            return random.Next(5) switch
            {
                0 => number + ".0",
                1 => number + "e0",
                2 => number.StartsWith('-') ? number[1..] : "-" + number,
                3 => number == "0" || number == "-0" ? number + ".0" : number + "0",
                _ => (BigInteger.Parse(number, CultureInfo.InvariantCulture) + random.Next(-1, 2)).ToString(CultureInfo.InvariantCulture),
            };
        }

        var value = double.Parse(number, CultureInfo.InvariantCulture);
        return random.Next(6) switch
        {
            0 => Shortest(Math.BitIncrement(Finite(value))),
            1 => Shortest(Math.BitDecrement(Finite(value))),
            2 => Shortest(-Finite(value)),
            3 => Math.Abs(value) < 1e25 ? new BigInteger(value).ToString(CultureInfo.InvariantCulture) : Integer(),
            4 => Midpoint(Finite(value)),
            _ => number.Split('.', 'e', 'E')[0],
        };
    }

    /// <summary>A float of the same value: more zeros, the point elsewhere, its exponent spelled otherwise, or far more digits.</summary>
    public string Respell(string number)
    {
        var negative = number[0] == '-';
        var (digits, exponent) = Decimal(negative ? number[1..] : number);
        switch (random.Next(8))
        {
            case 0:
                return number;
            case 1 when double.Parse(number, CultureInfo.InvariantCulture) is var value && double.IsFinite(value) && value != 0:
                return random.Next(2) == 0 ? Shortest(value) : value.ToString("E16", CultureInfo.InvariantCulture);
            case 2 when double.Parse(number, CultureInfo.InvariantCulture) is var value && double.IsFinite(value) && value != 0:
                // All digits that the double has, and some that it has not: fewer than reach the middle between two.
                (digits, exponent) = Exact(Math.Abs(value), halves: false);
                (digits, exponent) = (digits + "0", exponent - 1);
                for (var more = random.Next(3); more > 0; more--) (digits, exponent) = (digits + random.Next(10), exponent - 1);
                break;
        }

        var zeros = random.Next(3) == 0 ? random.Next(1, 30) : 0;
        (digits, exponent) = (digits + new string('0', zeros), exponent - zeros);
        return (negative ? "-" : "") + Placed(digits, exponent);
    }

    /// <summary>Digits times a power of ten, with the point somewhere.</summary>
    private string Placed(string digits, BigInteger exponent)
    {
        // Without an exponent, if that is no great length.
        if (BigInteger.Abs(exponent) < 30 && random.Next(3) == 0)
        {
            if (exponent >= 0) return WithoutLeadingZeros(digits + new string('0', (int)exponent)) + ".0";
            var padded = digits.PadLeft((int)-exponent + 1, '0');
            return WithoutLeadingZeros(padded[..^(int)-exponent]) + "." + padded[^(int)-exponent..];
        }

        var before = random.Next(digits.Length + 1);
        var (whole, fraction) = (WithoutLeadingZeros(digits[..before]), digits[before..]);
        exponent += fraction.Length;
        var power = exponent.ToString(CultureInfo.InvariantCulture).TrimStart('-');
        if (random.Next(4) == 0) power = "000" + power;
        var sign = exponent < 0 ? "-" : random.Next(2) == 0 ? "+" : "";
        return whole + (fraction.Length > 0 ? "." + fraction : "") + (random.Next(2) == 0 ? "e" : "E") + sign + power;
    }

    private static string WithoutLeadingZeros(string digits) => digits.TrimStart('0') is { Length: > 0 } some ? some : "0";

    /// <summary>The digits of an unsigned float as spelled, and the power of ten that they count.</summary>
    private static (string Digits, BigInteger Exponent) Decimal(string number)
    {
        var parts = number.Split('e', 'E');
        var mantissa = parts[0].Split('.');
        var exponent = parts.Length > 1 ? BigInteger.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        return mantissa.Length > 1 ? (mantissa[0] + mantissa[1], exponent - mantissa[1].Length) : (mantissa[0], exponent);
    }

    /// <summary>The middle between a double and the next one, to the last digit or a little past it: where rounding is decided.</summary>
    private string Midpoint(double value)
    {
        var (digits, exponent) = Exact(Math.Abs(value), halves: true);
        var past = random.Next(2) == 0 ? new string('0', random.Next(5)) + "1" : "";
        (digits, exponent) = (digits + past, exponent - past.Length);
        return (value < 0 ? "-" : "") + Placed(digits, exponent);
    }

    /// <summary>All decimal digits of a double that is not negative, or of the middle between it and the next.</summary>
    private static (string Digits, BigInteger Exponent) Exact(double value, bool halves)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var field = (int)(bits >> MantissaBits);
        var fraction = bits & ((1L << MantissaBits) - 1);
        var mantissa = new BigInteger(field == 0 ? fraction : fraction | (1L << MantissaBits));
        var power = (field == 0 ? 1 : field) - 1075;
        if (halves) (mantissa, power) = ((mantissa * 2) + 1, power - 1);
        var (digits, exponent) = power >= 0 ? (mantissa << power, 0) : (mantissa * BigInteger.Pow(5, -power), power);
        return (digits.ToString(CultureInfo.InvariantCulture), exponent);
    }

    private double Finite(double? wanted = null)
    {
        var value = wanted ?? BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        return double.IsFinite(value) && Math.Abs(value) < double.MaxValue ? value : 1.5;
    }

    private static string Shortest(double value) =>
        value.ToString("R", CultureInfo.InvariantCulture) is var text && IsFloat(text) ? text : text + ".0";

    private static bool IsFloat(string number) => number.AsSpan().IndexOfAny('.', 'e', 'E') >= 0;

    private string Sign() => random.Next(2) == 0 ? "-" : "";

    private string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => random.Next(10)));
}
