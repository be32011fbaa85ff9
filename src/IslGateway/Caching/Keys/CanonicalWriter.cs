using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>Writes the canonical bytes of one body in a single pass over its tokens.</summary>
/// <remarks>
/// <code>
/// body    = domain value
/// domain  = "S" / "O" / ( "s" / "o" ) 32 bytes         keys sorted / in their own order; lower case: then the digest of the ignored set
/// value   = "n" / "t" / "f" / string / integer / float / array / object
/// string  = "q" length bytes                           int32 little-endian; UTF-8, escapes decoded
/// integer = "i" ["-"] digits ";"                       exact, as spelled; -0 is 0
/// float   = "d" 8 bytes                                the bits of the double, little-endian: 1e2 is 100.0, -0.0 is not 0.0
/// array   = "[" *value "]"
/// object  = "{" *( string value ) "}"                  sorted by the bytes of the decoded key, or as they came
/// </code>
/// A value's first byte tells where it ends, so no two values share their bytes. A member is complete when the next key or the object's end
/// comes; only when the object ends are its members sorted, by moving their bytes, and only if they did not come in order. An ignored
/// member stays until then too: its value may be bad and its name may come twice.
/// </remarks>
internal ref struct CanonicalWriter(CanonicalBuffer output, MemberStack members, bool sortKeys)
{
    /// <summary>The limit of CPython's int().</summary>
    private const int MaxIntegerDigits = 4300;

    private static readonly JsonReaderOptions Options = new()
    {
        MaxDepth = CanonicalBody.MaxDepth,
        CommentHandling = JsonCommentHandling.Disallow,
    };

    private CanonicalFrames _frames;
    private int _depth;

    /// <summary>False if the body is JSON but must not be cached.</summary>
    /// <exception cref="JsonException">The body is not JSON or too deep.</exception>
    public bool TryWrite(ReadOnlySpan<byte> json, IgnoredFields? ignored)
    {
        WriteDomain(ignored);
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
        {
            if (!TryWriteToken(ref reader, ignored?.Root))
                return false;
        }

        return true;
    }

    /// <summary>Whether a number can be read exactly.</summary>
    public static bool IsExact(ReadOnlySpan<byte> spelled) => IsFloat(spelled)
        ? double.IsFinite(double.Parse(spelled, NumberStyles.Float, CultureInfo.InvariantCulture))
        : spelled.Length - (spelled[0] == (byte)'-' ? 1 : 0) <= MaxIntegerDigits;

    private readonly void WriteDomain(IgnoredFields? ignored)
    {
        if (ignored is null)
        {
            output.Append(sortKeys ? (byte)'S' : (byte)'O');
            return;
        }

        output.Append(sortKeys ? (byte)'s' : (byte)'o');
        ignored.Digest.CopyTo(output.Reserve(Digest.Size));
        output.Advance(Digest.Size);
    }

    private bool TryWriteToken(ref Utf8JsonReader reader, IgnoredNode? root)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                return TryOpenMember(ref reader);
            case JsonTokenType.String:
                return TryWriteString(ref reader, out _);
            case JsonTokenType.Number:
                return IsFloat(reader.ValueSpan) ? TryWriteFloat(reader.ValueSpan) : TryWriteInteger(reader.ValueSpan);
            case JsonTokenType.StartObject:
                Open('{', root);
                return true;
            case JsonTokenType.StartArray:
                Open('[', root);
                return true;
            case JsonTokenType.EndObject:
                return TryCloseObject();
            case JsonTokenType.EndArray:
                output.Append((byte)']');
                _depth--;
                return true;
            default:
                output.Append(reader.TokenType switch
                {
                    JsonTokenType.True => (byte)'t',
                    JsonTokenType.False => (byte)'f',
                    _ => (byte)'n',
                });
                return true;
        }
    }

    private void Open(char tag, IgnoredNode? root)
    {
        var ignored = root;
        if (_depth > 0)
        {
            ref readonly var parent = ref _frames[_depth - 1];
            ignored = parent.IsObject ? parent.IgnoredInMember : parent.Ignored?.Other;
        }

        output.Append((byte)tag);
        _frames[_depth++] = new CanonicalFrame
        {
            Ignored = ignored,
            Start = output.Length,
            FirstMember = members.Count,
            IsObject = tag == '{',
            Rising = true,
        };
    }

    private bool TryOpenMember(ref Utf8JsonReader reader)
    {
        ref var frame = ref _frames[_depth - 1];
        CloseMember(frame);

        var start = output.Length;
        if (!TryWriteString(ref reader, out var keyLength))
            return false;

        var key = output.Written[^keyLength..];
        var member = new Member { Prefix = Member.PrefixOf(key), Start = start, KeyLength = keyLength };
        frame.IgnoredInMember = frame.Ignored?.Member(key);
        if (frame.IgnoredInMember is { IsIgnored: true })
        {
            member.Ignored = true;
            frame.HasIgnored = true;
        }

        if (frame.Rising && members.Count > frame.FirstMember)
            frame.Rising = members.Compare(members.Last, member) < 0;

        return members.TryPush(member);
    }

    private readonly void CloseMember(in CanonicalFrame frame)
    {
        if (members.Count > frame.FirstMember)
            members.Last.End = output.Length;
    }

    private bool TryCloseObject()
    {
        ref readonly var frame = ref _frames[--_depth];
        CloseMember(frame);

        if (!frame.Rising && !members.TrySort(frame.FirstMember))
            return false;

        if (frame.HasIgnored || (sortKeys && !frame.Rising))
        {
            var kept = members.From(frame.FirstMember);
            if (!sortKeys)
                kept.Sort(static (left, right) => left.Start.CompareTo(right.Start));
            output.Rearrange(frame.Start, kept);
        }

        members.PopTo(frame.FirstMember);
        output.Append((byte)'}');
        return true;
    }

    private readonly bool TryWriteString(ref Utf8JsonReader reader, out int length)
    {
        const int header = MemberStack.KeyHeader;
        var room = output.Reserve(header + reader.ValueSpan.Length);
        if (!reader.ValueIsEscaped)
        {
            length = reader.ValueSpan.Length;
            reader.ValueSpan.CopyTo(room[header..]);
        }
        else
        {
            try
            {
                length = reader.CopyString(room[header..]);
            }
            catch (InvalidOperationException)
            {
                // A lone surrogate.
                length = 0;
                return false;
            }
        }

        room[0] = (byte)'q';
        BinaryPrimitives.WriteInt32LittleEndian(room[1..], length);
        output.Advance(header + length);
        return true;
    }

    private static bool IsFloat(ReadOnlySpan<byte> spelled) => spelled.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0;

    private readonly bool TryWriteInteger(ReadOnlySpan<byte> spelled)
    {
        var negative = spelled[0] == (byte)'-';
        var digits = negative ? spelled[1..] : spelled;
        if (digits.Length > MaxIntegerDigits)
            return false;

        var exact = negative && digits[0] == (byte)'0' ? digits : spelled;
        var room = output.Reserve(exact.Length + 2);
        room[0] = (byte)'i';
        exact.CopyTo(room[1..]);
        room[exact.Length + 1] = (byte)';';
        output.Advance(exact.Length + 2);
        return true;
    }

    private readonly bool TryWriteFloat(ReadOnlySpan<byte> spelled)
    {
        var value = double.Parse(spelled, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
            return false;

        var room = output.Reserve(1 + sizeof(double));
        room[0] = (byte)'d';
        BinaryPrimitives.WriteDoubleLittleEndian(room[1..], value);
        output.Advance(1 + sizeof(double));
        return true;
    }
}
