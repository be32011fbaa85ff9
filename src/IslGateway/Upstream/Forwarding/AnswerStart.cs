namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Follows the bytes of an HTTP/1.1 connection until the final status of an answer. Interim answers (1xx, RFC 9110, section 15.2), heads
/// without a body, may precede it; 101 is final, since another protocol follows.
/// </summary>
internal sealed class AnswerStart
{
    private const int StatusAt = 9;
    private const int StatusLineStart = 12;

    private readonly byte[] _start = new byte[StatusLineStart];
    private int _length;
    private int _column;
    private volatile bool _isFinal;

    /// <summary>Whether the final status has been read.</summary>
    public bool IsFinal => _isFinal;

    /// <summary>Whether it says that ISL does not want the rest of the request: any status but a success.</summary>
    public bool IsRefusal => _isFinal && _start[StatusAt] is not ((byte)'1' or (byte)'2');

    /// <summary>Whether another protocol follows, not an answer.</summary>
    public bool IsUpgrade => _isFinal && _start[StatusAt] == '1';

    /// <summary>Takes the next bytes; not for concurrent use.</summary>
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
