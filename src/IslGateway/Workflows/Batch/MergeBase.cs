using System.Text.Json;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// An object that others are merged into: the places of its members in its text, found once. An object in it is looked into only when one
/// is merged into that, and then once, too. Safe for concurrent use.
/// </summary>
internal sealed class MergeBase
{
    private static readonly byte[] Nothing = [(byte)'{', (byte)'}'];

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<(ReadOnlyMemory<byte> Text, ReadOnlyMemory<byte> Value, string Name)> _members = [];
    private readonly MergeBase?[] _inside;

    /// <param name="text">The object's text; it must stay as long as this.</param>
    /// <exception cref="JsonException">It is no object, or has a member twice, so that nobody could say which one is meant.</exception>
    public MergeBase(ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(text.Span, RequestItem.Reading);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("It is no object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (start, name) = ((int)reader.TokenStartIndex, reader.GetString()!);
            if (!_places.TryAdd(name, _members.Count)) throw new JsonException("A member stands there twice.");
            reader.Read();
            var value = CallReader.SliceOf(ref reader, text);
            _members.Add((text[start..(int)reader.BytesConsumed], value, name));
        }

        _inside = new MergeBase?[_members.Count];
    }

    /// <summary>An object without members.</summary>
    public static MergeBase Empty { get; } = new(Nothing);

    public int Count => _members.Count;

    /// <summary>A member as it stands: name, colon and value.</summary>
    public ReadOnlyMemory<byte> TextOf(int place) => _members[place].Text;

    /// <summary>A member's name, quoted as it stands, and its colon.</summary>
    public ReadOnlyMemory<byte> HeadOf(int place) => _members[place] is var (text, value, _) ? text[..^value.Length] : default;

    public ReadOnlyMemory<byte> ValueOf(int place) => _members[place].Value;

    public string NameOf(int place) => _members[place].Name;

    /// <summary>Where a member is; -1: there is none of that name.</summary>
    public int Find(string name) => _places.GetValueOrDefault(name, -1);

    /// <summary>A member's value as an object; an empty one if it is none (RFC 7396, section 2).</summary>
    /// <exception cref="JsonException">It has a member twice.</exception>
    public MergeBase Inside(int place)
    {
        if (Volatile.Read(ref _inside[place]) is { } known) return known;
        var inside = IsObject(ValueOf(place)) ? new MergeBase(ValueOf(place)) : Empty;
        return Interlocked.CompareExchange(ref _inside[place], inside, null) ?? inside;
    }

    /// <summary>Whether a value is an object.</summary>
    public static bool IsObject(ReadOnlyMemory<byte> value) => value.Span is [(byte)'{', ..];
}
