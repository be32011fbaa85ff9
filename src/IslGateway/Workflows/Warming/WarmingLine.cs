using IslGateway.Content;

namespace IslGateway.Workflows.Warming;

/// <summary>A line of requests to warm with; disposing it gives its bytes back to the budget.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The line without its end; null: it is too long to be read.</param>
internal sealed record WarmingLine(long Number, PooledBuffer? Text) : IDisposable
{
    /// <summary>Whether there is nothing in it.</summary>
    public bool IsBlank => Text is not null && Text.WrittenSpan.IndexOfAnyExcept(" \t\r"u8) < 0;

    public void Dispose() => Text?.Dispose();
}
