using System.Globalization;

namespace IslGateway.Edge;

/// <summary>
/// The value of <c>Server-Timing</c>: milliseconds spent here and at ISL, and on a hit, what ISL was spared.
/// <code>
///   gateway;dur=0.412, isl;dur=0, saved;dur=812.5
/// </code>
/// </summary>
internal static class ServerTiming
{
    private const int MicrosecondsPerMillisecond = 1_000;

    /// <summary>Longer than three of the largest numbers and their names.</summary>
    private const int MaxLength = 128;

    /// <summary>Formats one.</summary>
    /// <param name="elapsed">The whole exchange.</param>
    /// <param name="upstream">ISL's part of it.</param>
    /// <param name="saved">What ISL was spared; null: it is no hit.</param>
    public static string Of(TimeSpan elapsed, TimeSpan upstream, TimeSpan? saved)
    {
        Span<char> text = stackalloc char[MaxLength];
        var length = 0;
        Append(text, ref length, "gateway;dur=", elapsed > upstream ? elapsed - upstream : TimeSpan.Zero);
        Append(text, ref length, ", isl;dur=", upstream);
        if (saved is { } spared) Append(text, ref length, ", saved;dur=", spared);
        return new string(text[..length]);
    }

    /// <summary>Milliseconds with up to three decimals, as <c>0.###</c> writes them, from whole microseconds.</summary>
    private static void Append(Span<char> text, ref int length, string name, TimeSpan duration)
    {
        name.CopyTo(text[length..]);
        length += name.Length;
        var microseconds = (duration.Ticks + (TimeSpan.TicksPerMicrosecond / 2)) / TimeSpan.TicksPerMicrosecond;
        var (whole, part) = Math.DivRem(microseconds, MicrosecondsPerMillisecond);
        whole.TryFormat(text[length..], out var written, default, CultureInfo.InvariantCulture);
        length += written;
        if (part == 0) return;
        text[length++] = '.';
        part.TryFormat(text[length..], out written, "000", CultureInfo.InvariantCulture);
        length += written;
        while (text[length - 1] == '0') length--;
    }
}
