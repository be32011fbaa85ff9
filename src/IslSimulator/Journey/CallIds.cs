using System.Buffers;
using System.Security.Cryptography;

namespace IslSimulator.Journey;

/// <summary>The ids of one call: ISL checks the caller's id for its header and repeats it unchecked everywhere else.</summary>
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

    /// <summary>The request id, else the trace id, as sent, valid or not; null if none.</summary>
    public string? Given { get; }

    /// <summary>For <c>x-request-id</c> and <c>x-trace-id</c> of the answer.</summary>
    public string ForHeader { get; }

    /// <summary>For <c>x-olumi-trace-received</c>.</summary>
    public string Received { get; }

    /// <summary>For the body of an error that came from within.</summary>
    public string ForError => Given ?? ForHeader;

    /// <summary>For the body: as sent, else invented there, unlike the header's.</summary>
    public string ForBody(string prefix) => _requestId ?? prefix + Hex(12);

    private static string Hex(int digits) => RandomNumberGenerator.GetHexString(digits, lowercase: true);

    private static string? First(IHeaderDictionary headers, string name) => headers[name] is { Count: > 0 } values ? values[0] : null;
}
