using System.Net;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Upstream;

/// <summary>A call to ISL.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="RawTarget">Path and query as the caller spelled them.</param>
/// <param name="Headers">The headers to send, and no others.</param>
/// <param name="Body">The plain body; owned by the call.</param>
internal sealed record UpstreamCall(string Method, string RawTarget, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The row it is made for: its retry policy and its label.</summary>
    public EndpointRow? Row { get; init; }

    /// <summary>
    /// What tells the question apart from others, where failures are counted by it; null for calls that no circuit concerns.
    /// </summary>
    public Digest? Key { get; init; }

    /// <summary>Whether a second attempt is allowed after a transport failure, 502 or 503.</summary>
    public bool Retry { get; init; }

    /// <summary>Bytes of answer to hold; a larger one streams on.</summary>
    public required long MaxAnswerSize { get; init; }

    /// <summary>Says of each whole answer whether it makes sense; one that does not is a failure. Null: all do.</summary>
    public Func<UpstreamAnswer, bool>? IsSound { get; init; }

    /// <summary>
    /// Whose credential headers it carries: ISL's rate limit goes by it. Unless ISL knows it, how the call ends counts for it alone; null:
    /// for nobody whom ISL knows.
    /// </summary>
    public Credential? Credential { get; init; }

    /// <summary>Names of those headers: of one that came in several lines, the first is sent.</summary>
    public IReadOnlyList<string> CredentialHeaders { get; init; } = [];

    /// <summary>The address of the caller whose call this is: ISL's rate limit for callers without a key goes by it.</summary>
    public IPAddress? RemoteAddress { get; init; }
}
