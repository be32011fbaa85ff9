using IslGateway.Content;
using IslGateway.Outcomes;

namespace IslGateway.Workflows.Inner;

/// <summary>The answer to an inner request; disposing it gives its bytes back to the budget.</summary>
internal sealed class InnerAnswer(PooledBuffer? body) : IDisposable
{
    public required int StatusCode { get; init; }

    public required IHeaderDictionary Headers { get; init; }

    /// <summary>What the cache did.</summary>
    public required CacheOutcome Outcome { get; init; }

    /// <summary>Why there is no whole body, although one was asked for; <c>None</c>: it is whole.</summary>
    public InnerFault Fault { get; init; }

    /// <summary>The body; empty unless one was asked for and is whole.</summary>
    public ReadOnlyMemory<byte> Body => body?.WrittenMemory ?? default;

    public void Dispose() => body?.Dispose();
}
