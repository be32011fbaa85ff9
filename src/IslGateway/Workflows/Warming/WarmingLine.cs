using IslGateway.Content;

namespace IslGateway.Workflows.Warming;

/// <summary>A line of requests to warm with; disposing it gives its bytes back to the budget.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The line without its end; null: it is too long to be read.</param>
internal sealed record WarmingLine(long Number, PooledBuffer? Text) : IDisposable
{
    /// <summary>The line without the byte order mark that some editors put before the first of a file.</summary>
    public ReadOnlyMemory<byte> Content =>
        Text is null ? default
        : Number == 1 && Text.WrittenSpan.StartsWith("\uFEFF"u8) ? Text.WrittenMemory["\uFEFF"u8.Length..]
        : Text.WrittenMemory;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsBlank => Text is not null && Content.Span.IndexOfAnyExcept(" \t\r"u8) < 0;

    public void Dispose() => Text?.Dispose();
}
