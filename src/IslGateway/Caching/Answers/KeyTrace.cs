using IslGateway.Content;

namespace IslGateway.Caching.Answers;

/// <summary>What <c>Telemetry:KeyLog</c> is told of a request; made only where there is such a log.</summary>
/// <param name="question">The request's key without its epoch.</param>
/// <param name="epoch">The first epoch that it was looked for under, if any is known.</param>
internal sealed class KeyTrace(Digest question, Digest? epoch)
{
    public Digest Question { get; } = question;

    /// <summary>The epoch that its answer was found under, or the first that it was looked for under.</summary>
    public Digest? Epoch { get; set; } = epoch;

    /// <summary>The stored answer that it was served, or that was stored for it, or would have been with more room.</summary>
    public StoredAnswer? Answer { get; set; }
}
