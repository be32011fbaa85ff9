using IslGateway.Content;

namespace IslGateway.Workflows.Compare;

/// <summary>What a candidate answered; disposing it gives its bytes back to the budget.</summary>
/// <param name="body">The body, where there is one.</param>
internal sealed class CandidateAnswer(PooledBuffer? body) : IDisposable
{
    /// <summary>Why there is nothing to compare; null: there is a whole JSON answer.</summary>
    public CompareCause? Cause { get; init; }

    /// <summary>HTTP status; null where there is no answer.</summary>
    public int? Status { get; init; }

    /// <summary>From before the call to its last byte.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>How long it asks to be left alone; null: it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What it says is left of its rate limit; null: it says nothing.</summary>
    public int? Remaining { get; init; }

    /// <summary>Whether it says that it is a simulator.</summary>
    public bool IsSimulated { get; init; }

    public ReadOnlyMemory<byte> Body => body?.WrittenMemory ?? default;

    public void Dispose() => body?.Dispose();
}
