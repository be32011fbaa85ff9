namespace IslGateway.Content;

/// <summary>A stream to read from, over bytes in memory, so that reading never waits.</summary>
internal abstract class SourceStream : ForwardStream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanWrite => false;

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
