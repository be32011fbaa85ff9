namespace IslGateway.Content;

/// <summary>Reads memory as a stream, without a copy of it.</summary>
internal sealed class ReadOnlyMemoryStream(ReadOnlyMemory<byte> memory) : Stream
{
    private readonly Lock _gate = new();
    private ReadOnlyMemory<byte> _memory = memory;
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _memory.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
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

    /// <summary>Takes the memory away: a reader that goes on after its request has ended finds nothing, not another's bytes.</summary>
    public void Detach()
    {
        lock (_gate) (_memory, _position) = (default, 0);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
