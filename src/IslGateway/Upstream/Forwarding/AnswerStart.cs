namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Follows the bytes of an HTTP/1.1 connection until the status of an answer has come. Interim answers (1xx, RFC 9110, section 15.2) come
/// before it, each a head without a body; 101 is the last of its kind, since another protocol follows.
/// </summary>
internal sealed class AnswerStart
{
    private const int StatusAt = 9;
    private const int StatusLineStart = 12;

    private readonly byte[] _start = new byte[StatusLineStart];
    private int _length;
    private int _column;
    private volatile bool _isFinal;

    /// <summary>Whether the status is here.</summary>
    public bool IsFinal => _isFinal;

    /// <summary>Whether it says that ISL has no use for the rest of the request: anything but a success.</summary>
    public bool IsRefusal => _isFinal && _start[StatusAt] is not ((byte)'1' or (byte)'2');

    /// <summary>Whether what follows is no answer but another protocol.</summary>
    public bool IsUpgrade => _isFinal && _start[StatusAt] == '1';

    /// <summary>Takes the bytes that came next; one read at a time.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            if (_isFinal) return;
            if (_length < StatusLineStart) TakeOfStatus(next);
            else TakeOfHead(next);
        }
    }

    private void TakeOfStatus(byte next)
    {
        _start[_length++] = next;
        if (_length < StatusLineStart) return;
        _isFinal = _start[StatusAt] != '1' || _start.AsSpan(StatusAt).SequenceEqual("101"u8);
        _column = _length;
    }

    /// <summary>An empty line ends an interim answer.</summary>
    private void TakeOfHead(byte next)
    {
        if (next == '\n')
        {
            if (_column == 0) _length = 0;
            _column = 0;
        }
        else if (next != '\r')
        {
            _column++;
        }
    }
}
