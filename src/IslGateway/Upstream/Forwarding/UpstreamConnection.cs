using IslGateway.Content;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// An HTTP/1.1 connection to ISL, which tells each sending whether it met the connection's end. Two things differ from the bare stream:
/// <code>
///   a write that fails says nothing    the read that follows tells: the answer that ISL gave before it closed, or that there is none
///   an end before any answer throws    at an end of file .NET's client would send a request without a body again by itself, over whatever
///                                      connection its pool has next, which may have ended as well
/// </code>
/// </summary>
internal sealed class UpstreamConnection(Stream inner) : ForwardStream
{
    private readonly Lock _gate = new();
    private UpstreamSend? _send;
    private bool _awaitsAnswer;
    private bool _hasEnded;
    private volatile bool _isBroken;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            End();
            throw;
        }

        if (read > 0)
            Begun();
        else if (!buffer.IsEmpty && End())
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The connection ended before an answer.");
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BeginIfNew();
        if (_isBroken) return default;
        var writing = inner.WriteAsync(buffer, cancellationToken);
        return writing.IsCompletedSuccessfully ? writing : FinishAsync(writing);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _isBroken ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask FinishAsync(ValueTask writing)
    {
        try
        {
            await writing;
        }
        catch (IOException)
        {
            _isBroken = true;
        }
    }

    private void BeginIfNew()
    {
        if (UpstreamSend.Current is not { } send || ReferenceEquals(send, _send)) return;
        lock (_gate)
        {
            send.BeginOver(isReused: _send is not null);
            (_send, _awaitsAnswer) = (send, true);
            if (!_hasEnded && !_isBroken) return;
        }

        // It ended between two requests, after the client had last checked it.
        send.EndUnanswered();
        throw new HttpIOException(HttpRequestError.ResponseEnded, "The connection had ended before the request.");
    }

    private void Begun()
    {
        lock (_gate) _awaitsAnswer = false;
    }

    /// <summary>Marks the end of the connection; tells whether an answer was awaited.</summary>
    private bool End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            if (_awaitsAnswer) _send!.EndUnanswered();
            return _awaitsAnswer;
        }
    }
}
