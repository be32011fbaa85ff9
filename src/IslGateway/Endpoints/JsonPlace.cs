using System.Globalization;
using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>A place of interest in a JSON text.</summary>
/// <param name="Pointer">Where.</param>
/// <param name="AtAnyDepth">Whether the pointer starts at every object and array, not at the whole document alone.</param>
internal sealed record JsonPlace(JsonPointer Pointer, bool AtAnyDepth = false)
{
    private readonly Segment[] _segments =
    [
        .. Pointer.Segments.Zip(
            Pointer.Utf8Segments, (text, bytes) => new Segment(bytes, text == JsonPointer.Wildcard, IndexOf(text))),
    ];

    /// <summary>How many names or indices lead there.</summary>
    public int Length => _segments.Length;

    /// <summary>Whether a member's name is the one that leads on.</summary>
    /// <param name="step">How many have led here.</param>
    /// <param name="name">Stands at the name.</param>
    /// <exception cref="InvalidOperationException">The name is no text: half a surrogate pair.</exception>
    public bool LeadsTo(int step, in Utf8JsonReader name) =>
        _segments[step] is var segment && (segment.IsAny || name.ValueTextEquals(segment.Name));

    /// <summary>The same of an element of an array.</summary>
    public bool LeadsTo(int step, int index) => _segments[step] is var segment && (segment.IsAny || segment.Index == index);

    /// <summary>RFC 6901, section 4: digits without a leading zero.</summary>
    private static int IndexOf(string text) =>
        (text.Length == 1 || !text.StartsWith('0'))
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : -1;

    private readonly record struct Segment(byte[] Name, bool IsAny, int Index);
}
