using IslGateway.Content;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Workflows.Inner;

/// <summary>
/// The answer of a request without a socket, with what a server does around it: what waits for its beginning and its end is called, and its
/// body is kept as far as it is wanted and there is room. A body that is not kept whole is read to its end all the same.
/// </summary>
/// <param name="body">Takes the body; null: nobody wants it.</param>
internal sealed class InnerResponse(PooledBuffer? body) : IHttpResponseFeature
{
    private readonly Stack<(Func<object, Task> Callback, object State)> _starting = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> _completed = new();

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    /// <summary>Only for a contract of before; the body goes by <see cref="IHttpResponseBodyFeature"/>.</summary>
    public Stream Body { get; set; } = Stream.Null;

    public bool HasStarted { get; private set; }

    /// <summary>Why the body is not whole.</summary>
    public InnerFault Fault { get; private set; }

    /// <summary>The feature that takes the body.</summary>
    public IHttpResponseBodyFeature TakeBody() => new BodyFeature(this);

    public void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => _completed.Push((callback, state));

    /// <summary>Begins the answer: its head is final.</summary>
    public async Task StartAsync()
    {
        if (HasStarted) return;
        while (_starting.TryPop(out var waiting)) await waiting.Callback(waiting.State);
        HasStarted = true;
    }

    /// <summary>Ends the exchange, whatever became of the answer.</summary>
    public async Task EndAsync()
    {
        while (_completed.TryPop(out var waiting)) await waiting.Callback(waiting.State);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (body is null || Fault != InnerFault.None) return;
        Fault = body.Append(bytes) switch
        {
            BufferOutcome.Ok => InnerFault.None,
            BufferOutcome.LimitExceeded => InnerFault.TooLarge,
            _ => InnerFault.OverBudget,
        };
    }

    private sealed class BodyFeature(InnerResponse response) : StreamResponseBodyFeature(new Sink(response))
    {
        public override Task StartAsync(CancellationToken cancellationToken = default) => response.StartAsync();

        public override async Task CompleteAsync()
        {
            await response.StartAsync();
            await base.CompleteAsync();
        }
    }

    private sealed class Sink(InnerResponse response) : SinkStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await response.StartAsync();
            response.Take(buffer.Span);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => response.StartAsync();
    }
}
