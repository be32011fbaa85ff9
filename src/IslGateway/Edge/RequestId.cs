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

    private const string Prefix = "req_";

    /// <summary>Random bytes of an id.</summary>
    private const int Bytes = 6;

    /// <summary>Ids for which random bytes are drawn at once: to draw them for each costs more than all the rest of it.</summary>
    private const int Stocked = 256;

    [ThreadStatic]
    private static byte[]? _stock;

    [ThreadStatic]
    private static int _left;

    /// <summary>The caller's id, or <c>req_</c> and 12 hexadecimal digits.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="isOwn">Whether the id is the caller's.</param>
    public static string Of(IHeaderDictionary headers, out bool isOwn)
    {
        isOwn = headers[Header] is [{ } given] && IsWellFormed(given);
        return isOwn ? headers[Header]! : Next();
    }

    /// <summary>Whether a text can be an id.</summary>
    public static bool IsWellFormed(string id) =>
        id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(TraceHeaders.IdCharacters);

    private static string Next()
    {
        var stock = _stock ??= new byte[Bytes * Stocked];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(stock);
            _left = Stocked;
        }

        var random = stock.AsSpan(--_left * Bytes, Bytes);
        return string.Create(Prefix.Length + (2 * Bytes), random, static (id, random) =>
        {
            Prefix.CopyTo(id);
            Convert.TryToHexStringLower(random, id[Prefix.Length..], out _);
        });
    }
}
