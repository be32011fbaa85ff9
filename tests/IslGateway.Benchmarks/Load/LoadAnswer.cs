using System.Buffers.Text;
using System.Text;

namespace IslGateway.Benchmarks.Load;

/// <summary>One HTTP/1.1 answer in the bytes received so far.</summary>
internal readonly ref struct LoadAnswer
{
    private readonly ReadOnlySpan<byte> _head;
    private readonly ReadOnlySpan<byte> _framed;
    private readonly bool _chunked;

    private LoadAnswer(ReadOnlySpan<byte> head, ReadOnlySpan<byte> framed, bool chunked)
    {
        _head = head;
        _framed = framed;
        _chunked = chunked;
    }

    public int Status => Utf8Parser.TryParse(_head[9..], out int status, out _) ? status : 0;

    public string Head => Encoding.ASCII.GetString(_head);

    /// <summary>Bytes that it takes on the wire.</summary>
    public int Length => _head.Length + 4 + _framed.Length;

    /// <returns>False while bytes are missing.</returns>
    /// <exception cref="InvalidDataException">It is no answer whose end can be told.</exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out LoadAnswer answer)
    {
        answer = default;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        var head = received[..end];
        var rest = received[(end + 4)..];
        if (TryHeader(head, "content-length"u8, out var text))
        {
            if (!Utf8Parser.TryParse(text, out int length, out _)) throw new InvalidDataException("Content-Length is no number.");
            if (rest.Length < length) return false;
            answer = new LoadAnswer(head, rest[..length], chunked: false);
            return true;
        }

        if (!TryHeader(head, "transfer-encoding"u8, out _)) throw new InvalidDataException("An answer without a length.");
        var chunked = ChunkedLength(rest);
        if (chunked < 0) return false;
        answer = new LoadAnswer(head, rest[..chunked], chunked: true);
        return true;
    }

    public string Header(ReadOnlySpan<byte> lowerName) => TryHeader(_head, lowerName, out var value) ? Encoding.ASCII.GetString(value) : "";

    public byte[] Body()
    {
        if (!_chunked) return _framed.ToArray();
        var body = new List<byte>(_framed.Length);
        for (var at = 0; ;)
        {
            if (!Utf8Parser.TryParse(_framed[at..], out int size, out var digits, 'x') || size == 0) return [.. body];
            at += digits + 2;
            body.AddRange(_framed.Slice(at, size));
            at += size + 2;
        }
    }

    private static int ChunkedLength(ReadOnlySpan<byte> framed)
    {
        for (var at = 0; ;)
        {
            if (framed[at..].IndexOf("\r\n"u8) < 0) return -1;
            if (!Utf8Parser.TryParse(framed[at..], out int size, out var digits, 'x'))
                throw new InvalidDataException("A chunk without a size.");
            at += digits + 2 + size + 2;
            if (at > framed.Length) return -1;
            if (size == 0) return at;
        }
    }

    private static bool TryHeader(ReadOnlySpan<byte> head, ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (line.Length > lowerName.Length && line[lowerName.Length] == ':'
                && Ascii.EqualsIgnoreCase(line[..lowerName.Length], lowerName))
            {
                value = line[(lowerName.Length + 1)..].Trim((byte)' ');
                return true;
            }
        }

        value = default;
        return false;
    }
}
