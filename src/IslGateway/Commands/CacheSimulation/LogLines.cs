namespace IslGateway.Commands.CacheSimulation;

/// <summary>
/// The lines of a file, one after another, each in the same memory: a file of any size takes the same. What is longer than a line of a key
/// log can be is given as an empty line.
/// </summary>
internal sealed class LogLines(Stream file)
{
    private const int Longest = 4_096;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _from;
    private int _to;
    private bool _isAtEnd;

    /// <summary>The number of the last line, counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line, without its end. False after the last.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        for (var isTooLong = false; ;)
        {
            var rest = _buffer.AsSpan(_from.._to);
            var length = rest.IndexOf((byte)'\n');
            if (length < 0 && _isAtEnd && rest.Length == 0 && !isTooLong)
            {
                line = default;
                return false;
            }

            if (length >= 0 || _isAtEnd)
            {
                line = length >= 0 ? rest[..length] : rest;
                _from += length >= 0 ? length + 1 : rest.Length;
                if (isTooLong || line.Length > Longest) line = default;
                else if (line.EndsWith("\r"u8)) line = line[..^1];
                Number++;
                return true;
            }

            if (rest.Length > Longest)
            {
                (isTooLong, _from) = (true, _to);
            }

            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_from.._to).CopyTo(_buffer);
        (_to, _from) = (_to - _from, 0);
        var read = file.Read(_buffer.AsSpan(_to));
        (_to, _isAtEnd) = (_to + read, read == 0);
    }
}
