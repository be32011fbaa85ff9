using System.Buffers;
using System.Security.Cryptography;

namespace IslGateway.Edge;

/// <summary>A request's identity: the caller's own if it is well formed, else a new one.</summary>
internal static class RequestId
{
    public const string Header = "X-Request-Id";

    /// <summary>ISL's body models allow 100 characters, its header 128: the smaller holds for both.</summary>
    private const int MaxLength = 100;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>The caller's id, or <c>req_</c> and 12 hexadecimal digits.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="isOwn">Whether it is the caller's.</param>
    public static string Of(IHeaderDictionary headers, out bool isOwn)
    {
        isOwn = headers[Header] is [{ Length: > 0 and <= MaxLength } given] && !given.AsSpan().ContainsAnyExcept(Alphabet);
        return isOwn ? headers[Header]! : "req_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
    }
}
