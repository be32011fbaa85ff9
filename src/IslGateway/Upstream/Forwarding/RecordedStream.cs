using IslGateway.Content;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Reads a stream, keeps what was read, and can then read it again.</summary>
internal sealed class RecordedStream : ForwardStream
{
    private readonly Stream _inner;
    private readonly Lock _gate = new();
    private PooledBuffer? _kept;
    private int _position;

    /// <param name="inner">The stream to read.</param>
    /// <param name="kept">Where to keep what was read; owned by this stream from now on.</param>
    /// <param name="reserved">Bytes for which room is made from the start.</param>
    public RecordedStream(Stream inner, PooledBuffer kept, int reserved)
    {
        (_inner, _kept) = (inner, kept);
        if (kept.Reserve(reserved) != BufferOutcome.Ok) Drop();
    }

    /// <summary>Whether all that was read has been kept.</summary>
    public bool IsWhole
    {
        get { lock (_gate) return _kept is not null; }
    }

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (TryReadAgain(buffer.Span, out var again)) return again;
        var read = await _inner.ReadAsync(buffer, cancellationToken);
        Keep(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Makes the next read begin at the first byte.</summary>
    /// <exception cref="InvalidOperationException">Not all was kept.</exception>
    public void Rewind()
    {
        lock (_gate)
        {
            if (_kept is null) throw new InvalidOperationException("What was read was not kept.");
            _position = 0;
        }
    }

    /// <summary>Releases what was kept, unless it is being read again.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            if (_position == _kept?.Length) Drop();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate) Drop();
        }

        base.Dispose(disposing);
    }

    private bool TryReadAgain(Span<byte> buffer, out int read)
    {
        lock (_gate)
        {
            read = _kept is null ? 0 : Math.Min(buffer.Length, _kept.Length - _position);
            if (_kept is null || _position == _kept.Length) return false;
            _kept.WrittenSpan.Slice(_position, read).CopyTo(buffer);
            _position += read;
            return true;
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_kept is null) return;
            if (_kept.Append(bytes) == BufferOutcome.Ok) _position = _kept.Length;
            else Drop();
        }
    }

    private void Drop()
    {
        _kept?.Dispose();
        _kept = null;
    }
}
