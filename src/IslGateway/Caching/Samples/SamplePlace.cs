using System.Globalization;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Samples;

/// <summary>Where a body's text names its number of samples or, where it names none, where the name belongs.</summary>
/// <param name="Start">Offset of what a number takes the place of.</param>
/// <param name="Length">Its length; 0: nothing stands there.</param>
/// <param name="Before">What belongs before the number.</param>
/// <param name="After">What belongs behind it.</param>
/// <param name="IsNamed">Whether the body names something other than null there.</param>
/// <param name="Count">The number that it names, if that is a whole one above 0.</param>
internal readonly record struct SamplePlace(int Start, int Length, string Before, string After, bool IsNamed, int? Count)
{
    /// <summary>Writes the text with a number in this place, and everything else as it stands.</summary>
    public BufferOutcome Write(ReadOnlySpan<byte> text, int count, PooledBuffer output)
    {
        var named = Encoding.UTF8.GetBytes(Before + count.ToString(CultureInfo.InvariantCulture) + After);
        var outcome = output.Reserve(text.Length - Length + named.Length);
        if (outcome == BufferOutcome.Ok) outcome = output.Append(text[..Start]);
        if (outcome == BufferOutcome.Ok) outcome = output.Append(named);
        return outcome == BufferOutcome.Ok ? output.Append(text[(Start + Length)..]) : outcome;
    }
}
