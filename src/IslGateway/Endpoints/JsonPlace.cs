using System.Globalization;
using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>A place of interest in a JSON text.</summary>
/// <param name="Pointer">The pointer to it.</param>
/// <param name="AtAnyDepth">Whether the pointer may start at any object or array, not only at the whole document.</param>
internal sealed record JsonPlace(JsonPointer Pointer, bool AtAnyDepth = false)
{
    private readonly Segment[] _segments =
    [
        .. Pointer.Segments.Zip(
            Pointer.Utf8Segments, (text, bytes) => new Segment(bytes, text == JsonPointer.Wildcard, IndexOf(text))),
    ];

    /// <summary>The number of names or indices in the pointer.</summary>
    public int Length => _segments.Length;

    /// <summary>Whether a member's name matches the pointer's next segment.</summary>
    /// <param name="step">The number of segments matched before.</param>
    /// <param name="name">The name, which has no escapes.</param>
    public bool LeadsTo(int step, ReadOnlySpan<byte> name) =>
        _segments[step] is var segment && (segment.IsAny || name.SequenceEqual(segment.Name));

    /// <summary>The same for a name with escapes.</summary>
    /// <param name="step">The number of segments matched before.</param>
    /// <param name="name">The reader, at the name.</param>
    /// <exception cref="InvalidOperationException">The name holds half a surrogate pair.</exception>
    public bool LeadsTo(int step, in Utf8JsonReader name) =>
        _segments[step] is var segment && (segment.IsAny || name.ValueTextEquals(segment.Name));

    /// <summary>The same for an element of an array.</summary>
    public bool LeadsTo(int step, int index) => _segments[step] is var segment && (segment.IsAny || segment.Index == index);

    /// <summary>An index is digits without a leading zero (RFC 6901, section 4).</summary>
    private static int IndexOf(string text) =>
        (text.Length == 1 || !text.StartsWith('0'))
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : -1;

    private readonly record struct Segment(byte[] Name, bool IsAny, int Index);
}
