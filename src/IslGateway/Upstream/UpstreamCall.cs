using System.Net;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Telemetry;

namespace IslGateway.Upstream;

/// <summary>A call to ISL.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="RawTarget">Path and query as the caller spelled them.</param>
/// <param name="Headers">The headers to send; no others are sent.</param>
/// <param name="Body">The plain body; owned by the call.</param>
internal sealed record UpstreamCall(string Method, string RawTarget, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The row that it is for, which gives its retry policy and its label.</summary>
    public EndpointRow? Row { get; init; }

    /// <summary>Digest of the question, by which failures are counted; null for calls that circuits do not count.</summary>
    public Digest? Key { get; init; }

    /// <summary>What it is made for.</summary>
    public CallPurpose Purpose { get; init; } = CallPurpose.Fill;

    /// <summary>Whether a second attempt is allowed after a transport failure, 502 or 503.</summary>
    public bool Retry { get; init; }

    /// <summary>The most bytes of the answer to hold; a larger answer streams on.</summary>
    public required long MaxAnswerSize { get; init; }

    /// <summary>Tells whether a complete answer makes sense; if not it is a failure. Null: every answer does.</summary>
    public Func<UpstreamAnswer, bool>? IsSound { get; init; }

    /// <summary>
    /// The credential that the headers carry, to which ISL's rate limit applies. If ISL is not known to accept it, the call's outcome
    /// counts for this credential alone. Null: the outcome counts for no known credential.
    /// </summary>
    public Credential? Credential { get; init; }

    /// <summary>Names of the credential headers; of one that came in several lines the first is sent.</summary>
    public IReadOnlyList<string> CredentialHeaders { get; init; } = [];

    /// <summary>The caller's address, to which ISL's rate limit for callers without a key applies.</summary>
    public IPAddress? RemoteAddress { get; init; }
}
