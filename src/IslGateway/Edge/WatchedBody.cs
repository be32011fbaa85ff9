using IslGateway.Content;

namespace IslGateway.Edge;

/// <summary>A request's body that streams through, and tells when its next part is waited for. What is not asked for is not waited for.</summary>
internal sealed class WatchedBody(Stream inner, OpenRequest request) : ForwardStream
{
    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompleted ? reading : AwaitAsync(reading);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<int> AwaitAsync(ValueTask<int> reading)
    {
        request.WaitForBody();
        try
        {
            return await reading;
        }
        finally
        {
            request.BodyCame();
        }
    }
}
