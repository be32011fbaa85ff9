using System.Security.Cryptography;
using IslGateway.Caching.Answers;
using IslGateway.Upstream;

namespace IslGateway.Edge;

/// <summary>A request's id: the caller's own if it is well formed, else a new one.</summary>
internal static class RequestId
{
    public const string Header = FillHeaders.RequestId;

    /// <summary>ISL's body models allow 100 characters, its header 128; the smaller suits both.</summary>
    private const int MaxLength = 100;

    /// <summary>The caller's id, or <c>req_</c> and 12 hexadecimal digits.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="isOwn">Whether the id is the caller's.</param>
    public static string Of(IHeaderDictionary headers, out bool isOwn)
    {
        isOwn = headers[Header] is [{ Length: > 0 and <= MaxLength } given] && !given.AsSpan().ContainsAnyExcept(TraceHeaders.IdCharacters);
        return isOwn ? headers[Header]! : "req_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
    }
}
