using System.IO.Pipelines;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Upstream;

/// <summary>The outcome of one <see cref="UpstreamCall"/>.</summary>
internal sealed record UpstreamAnswer
{
    /// <summary>Why there is no complete answer; <see cref="UpstreamFailure.None"/> if there is one.</summary>
    public UpstreamFailure Failure { get; init; }

    /// <summary>ISL's status.</summary>
    public int StatusCode { get; init; }

    /// <summary>ISL's headers, except hop-by-hop ones.</summary>
    public IHeaderDictionary Headers { get; init; } = new HeaderDictionary();

    /// <summary>The body; only its first part if <see cref="Rest"/> is set.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// The part of the body beyond <see cref="UpstreamCall.MaxAnswerSize"/>, still arriving. Whoever reads it must complete it.
    /// </summary>
    public PipeReader? Rest { get; init; }

    /// <summary>
    /// Ends when ISL has sent all of <see cref="Rest"/>, or when a slow reader makes ISL wait. Until then the call occupies a place
    /// upstream; a slow reader must not.
    /// </summary>
    public Task Flowing { get; init; } = Task.CompletedTask;

    /// <summary>Whether it says that the credential's rate limit is used up: a 429, or the 500 that ISL sends by mistake.</summary>
    public bool IsRateLimited { get; init; }

    /// <summary>For a call that was not sent: how long to wait before asking ISL again.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>The replica that answered.</summary>
    public string? ReplicaId { get; init; }

    /// <summary>From sending to the last byte of the answer, for the last attempt only.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether a status says that ISL, or something in front of it, failed.</summary>
    public static bool IsFailure(int statusCode) => statusCode is StatusCodes.Status500InternalServerError
        or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>Whether it is a web page. ISL sends none, so something in front of ISL has answered.</summary>
    public bool IsPage =>
        MediaTypeHeaderValue.TryParse(Headers.ContentType.ToString(), out var type)
        && type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase);
}
