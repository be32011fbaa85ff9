namespace IslGateway.Content;

/// <summary>Writes into a buffer; when it is full, further bytes are dropped and <see cref="IsFull"/> is set.</summary>
internal sealed class BufferSink(PooledBuffer target) : SinkStream
{
    /// <summary>Whether something did not fit.</summary>
    public bool IsFull { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer) => IsFull = IsFull || target.Append(buffer) != BufferOutcome.Ok;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
