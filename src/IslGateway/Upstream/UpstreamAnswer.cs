using System.IO.Pipelines;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Upstream;

/// <summary>What came back of one <see cref="UpstreamCall"/>.</summary>
internal sealed record UpstreamAnswer
{
    /// <summary>Why there is no whole answer, if there is none.</summary>
    public UpstreamFailure Failure { get; init; }

    /// <summary>ISL's status.</summary>
    public int StatusCode { get; init; }

    /// <summary>ISL's headers, hop-by-hop ones excepted.</summary>
    public IHeaderDictionary Headers { get; init; } = new HeaderDictionary();

    /// <summary>The body, or its first part when <see cref="Rest"/> is there.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// The part of the body beyond <see cref="UpstreamCall.MaxAnswerSize"/>, still arriving. Whoever holds it completes it.
    /// </summary>
    public PipeReader? Rest { get; init; }

    /// <summary>
    /// Ends when ISL has sent all of <see cref="Rest"/>, or is kept waiting by its reader: until then the call takes a place upstream, and
    /// a slow reader takes none.
    /// </summary>
    public Task Flowing { get; init; } = Task.CompletedTask;

    /// <summary>Whether it says that the rate limit of its credential is used up: a 429, or the 500 that ISL answers by mistake.</summary>
    public bool IsRateLimited { get; init; }

    /// <summary>When ISL may be asked again, of a call that was not sent.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>The replica that answered.</summary>
    public string? ReplicaId { get; init; }

    /// <summary>From sending to the last byte, of the attempt that counted.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether its content type is a web page's. ISL has none: something before it answers in its place.</summary>
    public bool IsPage =>
        MediaTypeHeaderValue.TryParse(Headers.ContentType.ToString(), out var type)
        && type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase);
}
