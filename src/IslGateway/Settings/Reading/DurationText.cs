using System.Globalization;
using System.Text.RegularExpressions;

namespace IslGateway.Settings.Reading;

/// <summary>
/// The notation of durations.
/// <code>
/// duration = number unit / [ days "." ] hh ":" mm ":" ss [ "." fraction ]
/// unit     = "ms" / "s" / "m" / "h" / "d"
/// </code>
/// </summary>
internal static partial class DurationText
{
    private const string Expected = "must be a duration such as 250ms, 300s, 5m, 1h, 1d or hh:mm:ss";

    public static bool TryParse(string text, out TimeSpan duration, out string? rule)
    {
        rule = null;
        duration = default;
        if (Clock().IsMatch(text))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration) || Refuse(Expected, out rule);
        }

        var match = Number().Match(text);
        if (!match.Success)
        {
            return Refuse(Expected, out rule);
        }

        var unit = match.Groups["unit"].Value;
        if (unit.Length == 0)
        {
            return Refuse($"a bare number has no unit ({text} means {text} days to .NET); write {text}s", out rule);
        }

        return TryScale(match.Groups["number"].Value, TicksPer(unit), out duration) || Refuse("is too long", out rule);
    }

    public static TimeSpan Parse(string text) =>
        TryParse(text, out var duration, out var rule) ? duration : throw new FormatException(rule);

    /// <summary>The shortest notation of a duration.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach (var unit in (ReadOnlySpan<string>)["d", "h", "m", "s", "ms"])
        {
            if (duration.Ticks % TicksPer(unit) == 0 && (duration.Ticks != 0 || unit == "s"))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / TicksPer(unit)}{unit}");
            }
        }

        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    private static bool TryScale(string number, long ticks, out TimeSpan duration)
    {
        duration = default;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > TimeSpan.MaxValue.Ticks / ticks)
        {
            return false;
        }

        duration = new TimeSpan((long)(count * ticks));
        return true;
    }

    private static long TicksPer(string unit) => unit switch
    {
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => TimeSpan.TicksPerDay,
    };

    private static bool Refuse(string because, out string? rule)
    {
        rule = because;
        return false;
    }

    [GeneratedRegex(@"^(?:[0-9]{1,6}\.)?(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,7})?\z")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|s|m|h|d|)\z")]
    private static partial Regex Number();
}
