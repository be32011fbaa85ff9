namespace IslGateway.Caching.Keys;

/// <summary>
/// An object's canonical bytes by its members, so that others can be merged into it. An object in it is looked into only when one is merged
/// into that. Safe for concurrent use.
/// </summary>
internal sealed class CanonicalObject
{
    private static readonly byte[] Nothing = [(byte)'{', (byte)'}'];

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<Part> _parts = [];
    private readonly CanonicalObject?[] _inside;

    /// <param name="bytes">The object, from its brace to its brace; they must stay as long as this.</param>
    public CanonicalObject(ReadOnlyMemory<byte> bytes)
    {
        var all = bytes.Span;
        for (var at = 1; all[at] != (byte)'}';)
        {
            var name = CanonicalTokens.LengthAt(all, at);
            var value = CanonicalTokens.ValueLengthAt(all, at + name);
            _places.Add(CanonicalTokens.TextAt(all, at), _parts.Count);
            _parts.Add(new Part(bytes.Slice(at, name), bytes.Slice(at + name, value)));
            at += name + value;
        }

        _inside = new CanonicalObject?[_parts.Count];
    }

    /// <summary>An object without members.</summary>
    public static CanonicalObject Empty { get; } = new(Nothing);

    public int Count => _parts.Count;

    /// <summary>A member, by its place in the object.</summary>
    public Part this[int place] => _parts[place];

    /// <summary>Where the member of the same name as another object's is; -1: there is none.</summary>
    public int Find(Part other) => _places.GetValueOrDefault(CanonicalTokens.TextAt(other.Name.Span, 0), -1);

    /// <summary>A member's value as an object; an empty one if it is none.</summary>
    public CanonicalObject Inside(int place)
    {
        if (!_parts[place].IsObject) return Empty;
        if (Volatile.Read(ref _inside[place]) is { } known) return known;
        var inside = new CanonicalObject(_parts[place].Value);
        return Interlocked.CompareExchange(ref _inside[place], inside, null) ?? inside;
    }

    /// <summary>A member.</summary>
    /// <param name="Name">Its name's token.</param>
    /// <param name="Value">Its whole value.</param>
    public readonly record struct Part(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)
    {
        public bool IsNull => Value.Span[0] == (byte)'n';

        public bool IsObject => Value.Span[0] == (byte)'{';

        /// <summary>Whether it comes before another where members are sorted.</summary>
        public bool IsBefore(Part other) =>
            CanonicalTokens.BytesAt(Name.Span, 0).SequenceCompareTo(CanonicalTokens.BytesAt(other.Name.Span, 0)) < 0;
    }
}
