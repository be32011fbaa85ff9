using System.Globalization;
using System.Text.RegularExpressions;

namespace IslGateway.Settings.Reading;

/// <summary>
/// The notation of sizes in bytes.
/// <code>
/// size = number [ unit ]
/// unit = "B" / "KiB" / "MiB" / "GiB" (powers of 1024) / "KB" / "MB" / "GB" (powers of 1000)
/// </code>
/// </summary>
internal static partial class SizeText
{
    private const string Expected = "must be a size in bytes or with a unit: 256MiB (KiB, MiB, GiB of 1024; KB, MB, GB of 1000)";

    public static bool TryParse(string text, out long bytes, out string? rule)
    {
        bytes = 0;
        rule = Expected;
        var match = Notation().Match(text);
        if (!match.Success
            || !decimal.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var unit = BytesPer(match.Groups["unit"].Value);
        if (count > long.MaxValue / unit)
        {
            rule = "is too large";
            return false;
        }

        if (count * unit % 1 != 0)
        {
            rule = "must be a whole number of bytes";
            return false;
        }

        bytes = (long)(count * unit);
        rule = null;
        return true;
    }

    public static long Parse(string text) => TryParse(text, out var bytes, out var rule) ? bytes : throw new FormatException(rule);

    /// <summary>The shortest notation of a size in powers of 1024.</summary>
    public static string Format(long bytes)
    {
        if (bytes == 0) return "0";
        foreach (var unit in (ReadOnlySpan<string>)["GiB", "MiB", "KiB"])
        {
            if (bytes % BytesPer(unit) == 0) return string.Create(CultureInfo.InvariantCulture, $"{bytes / BytesPer(unit)}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
    }

    private static long BytesPer(string unit) => unit.ToUpperInvariant() switch
    {
        "KIB" => 1L << 10,
        "MIB" => 1L << 20,
        "GIB" => 1L << 30,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => 1,
    };

    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?) ?(?<unit>(?:[KMG]i?)?B|)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Notation();
}
