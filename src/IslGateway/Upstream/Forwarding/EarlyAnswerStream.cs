using IslGateway.Content;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// A connection that carries one request, whose answer may come before the request is sent to its end. .NET's client sends the whole body
/// before it reads anything, so that a server which answers early and reads no further would hold it up for ever. Here, while a write
/// waits, the answer is looked for; once it is there and the rest finds no reader, the rest is dropped, and the client reads.
/// <code>
///   the status says                 the rest of the body
///   1xx                             goes on
///   2xx                             goes on, unless nothing of it is taken for a second
///   anything else                   is dropped
///   (the other side has ended)      is dropped
/// </code>
/// </summary>
internal sealed class EarlyAnswerStream(Stream inner, TimeProvider time) : ForwardStream
{
    /// <summary>How long a server that has begun a 2xx answer may read nothing of the body before it counts as not reading it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly AnswerStart _start = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _unread = new();
    private byte[] _ahead = [];
    private int _from;
    private int _to;
    private bool _isReading;
    private Task<int>? _look;
    private volatile bool _isDropping;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Task<int>? look;
        lock (_gate)
        {
            if (_from < _to) return TakeAhead(buffer.Span);
            look = _look;
            _isReading = look is null;
        }

        if (look is not null)
        {
            if (await look.WaitAsync(cancellationToken) == 0) return 0;
            lock (_gate) return TakeAhead(buffer.Span);
        }

        try
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Saw(buffer.Span[..read]);
            return read;
        }
        finally
        {
            lock (_gate) _isReading = false;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The client passes no cancellation token: it ends a call by closing the connection.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isDropping || _start.IsRefusal) return default;
        var writing = inner.WriteAsync(buffer, _unread.Token);
        return writing.IsCompletedSuccessfully ? writing : WaitAsync(writing.AsTask());
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _isDropping ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

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

    private async ValueTask WaitAsync(Task writing)
    {
        var hasEnded = false;
        while (!writing.IsCompleted && !_start.IsFinal && !hasEnded)
        {
            var look = Look();
            await (look is null ? Task.WhenAny(writing, _answered.Task) : Task.WhenAny(writing, look, _answered.Task));
            hasEnded = look is { IsCompletedSuccessfully: true, Result: 0 };
        }

        if (!writing.IsCompleted && !_start.IsUpgrade)
        {
            if (!hasEnded && !_start.IsRefusal) await Task.WhenAny(writing, Task.Delay(Patience, time, _unread.Token));
            if (!writing.IsCompleted)
            {
                // When this returns the caller may reuse the bytes, so nothing of them may be sent later.
                _isDropping = true;
                await _unread.CancelAsync();
                await writing.ContinueWith(
                    static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return;
            }
        }

        await writing;
    }

    /// <summary>
    /// A read-ahead, started or already running; null if the client itself reads, there is no room, or nothing more can come.
    /// </summary>
    private Task<int>? Look()
    {
        lock (_gate)
        {
            if (_look is not null) return _look.IsCompleted ? null : _look;
            if (_ahead.Length == 0) _ahead = new byte[4096];
            if (_isReading || _to == _ahead.Length) return null;
            var look = LookAsync();

            // A read that found something is done with; an end or a failure stays for the next reader.
            if (look is not { IsCompletedSuccessfully: true, Result: > 0 }) _look = look;
            return look;
        }
    }

    private async Task<int> LookAsync()
    {
        var read = await inner.ReadAsync(_ahead.AsMemory(_to));
        lock (_gate)
        {
            Saw(_ahead.AsSpan(_to, read));
            _to += read;
            if (read > 0) _look = null;
        }

        return read;
    }

    private int TakeAhead(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _to - _from);
        _ahead.AsSpan(_from, count).CopyTo(buffer);
        _from += count;

        // The offsets may be reset only while no read is running.
        if (_from == _to && _look is null) _from = _to = 0;
        return count;
    }

    private void Saw(ReadOnlySpan<byte> bytes)
    {
        if (_start.IsFinal) return;
        _start.Take(bytes);
        if (_start.IsFinal) _answered.TrySetResult();
    }
}
