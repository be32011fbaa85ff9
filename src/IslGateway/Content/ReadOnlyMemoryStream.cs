namespace IslGateway.Content;

/// <summary>Reads memory as a stream without copying it.</summary>
internal sealed class ReadOnlyMemoryStream(ReadOnlyMemory<byte> memory) : SourceStream
{
    private readonly Lock _gate = new();
    private ReadOnlyMemory<byte> _memory = memory;
    private int _position;

    /// <summary>Whether there is no more to read.</summary>
    public bool IsReadToEnd
    {
        get { lock (_gate) return _position == _memory.Length; }
    }

    public override int Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            var count = Math.Min(buffer.Length, _memory.Length - _position);
            _memory.Span.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }

    /// <summary>
    /// Drops the memory: a reader that goes on after its request has ended then reads nothing, instead of another request's bytes.
    /// </summary>
    public void Detach()
    {
        lock (_gate) (_memory, _position) = (default, 0);
    }
}
