using System.Buffers;
using System.Security.Cryptography;

namespace IslSimulator.Journey;

/// <summary>
/// The ids of one call: ISL checks the caller's id before putting it into its header, and repeats it unchecked everywhere else.
/// </summary>
internal sealed class CallIds
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    private readonly string? _requestId;

    public CallIds(IHeaderDictionary headers)
    {
        _requestId = First(headers, HeaderNames.RequestId);
        Given = _requestId ?? First(headers, HeaderNames.TraceId);
        ForHeader = Given is { Length: > 0 and <= MaxLength } id && !id.AsSpan().ContainsAnyExcept(Allowed) ? id : "req_" + Hex(16);
        Received = $"{_requestId ?? "none"}:{First(headers, HeaderNames.PayloadHash) ?? "none"}";
    }

    /// <summary>The request id or, if there is none, the trace id, as sent, valid or not; null if neither was sent.</summary>
    public string? Given { get; }

    /// <summary>The id for <c>x-request-id</c> and <c>x-trace-id</c> of the answer.</summary>
    public string ForHeader { get; }

    /// <summary>The value of <c>x-olumi-trace-received</c>.</summary>
    public string Received { get; }

    /// <summary>The id for the body of an error that an endpoint made.</summary>
    public string ForError => Given ?? ForHeader;

    /// <summary>The id for the answer's body: as sent, else a new one, which differs from the header's.</summary>
    public string ForBody(string prefix) => _requestId ?? prefix + Hex(12);

    private static string Hex(int digits) => RandomNumberGenerator.GetHexString(digits, lowercase: true);

    private static string? First(IHeaderDictionary headers, string name) => headers[name] is { Count: > 0 } values ? values[0] : null;
}
