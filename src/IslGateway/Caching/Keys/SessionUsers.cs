using System.Text;
using System.Text.Json;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Keys;

/// <summary>
/// Finds the users that a session body names, by parsing it: escapes decoded; where a member is repeated, every value counts.
/// </summary>
internal static class SessionUsers
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1024 };

    /// <summary>
    /// Digests of the users at the pointer; null if the body cannot be read or a value there is not a string, so that the user is not
    /// known.
    /// </summary>
    public static IReadOnlyList<Digest>? Find(ReadOnlyMemory<byte> body, JsonPointer pointer)
    {
        var users = new List<Digest>(1);
        try
        {
            var reader = new Utf8JsonReader(SkipByteOrderMark(body.Span), Options);
            return reader.Read() && Collect(ref reader, pointer, 0, users) && users.Count > 0 ? users : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The same for the one user whom a body names that was read exactly, from its canonical bytes; null: none for sure.</summary>
    public static Digest? FindExact(ReadOnlySpan<byte> canonical, JsonPointer pointer)
    {
        var at = CanonicalTokens.DomainLength(canonical);
        foreach (var name in pointer.Utf8Segments)
        {
            if (CanonicalTokens.MemberAt(canonical, at, name) is not { } member) return null;
            at = member;
        }

        return canonical[at] == (byte)'q' ? Digest.Of(CanonicalTokens.BytesAt(canonical, at)) : null;
    }

    private static bool Collect(ref Utf8JsonReader reader, JsonPointer pointer, int depth, List<Digest> users)
    {
        if (depth == pointer.Utf8Segments.Length)
        {
            if (reader.TokenType != JsonTokenType.String) return false;
            users.Add(Digest.Of(Encoding.UTF8.GetBytes(reader.GetString()!)));
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject) return reader.TrySkip();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var matches = reader.ValueTextEquals(pointer.Utf8Segments[depth]);
            reader.Read();
            if (!matches) reader.Skip();
            else if (!Collect(ref reader, pointer, depth + 1, users)) return false;
        }

        return true;
    }

    /// <summary>ISL accepts a byte order mark; the JSON reader does not.</summary>
    private static ReadOnlySpan<byte> SkipByteOrderMark(ReadOnlySpan<byte> body) =>
        body.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
}
