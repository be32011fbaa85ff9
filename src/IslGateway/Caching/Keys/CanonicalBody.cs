using System.Text.Json;
using System.Text.Unicode;
using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>
/// A form of JSON bodies that is equal for two bodies if and only if ISL reads the same from both: if Python's
/// <c>json.dumps(json.loads(body), sort_keys=True)</c> is equal (without <c>sort_keys</c> where the order of keys counts).
/// </summary>
/// <remarks>
/// A body that cannot be read that exactly is refused, and so not cached: an object with a repeated key, however it is escaped; NaN and
/// Infinity; floats beyond a double; integers of more than 4,300 digits (Python's own limit); invalid UTF-8, a byte order mark, UTF-16;
/// lone surrogates; more than 64 levels; more than <see cref="MaxMembers"/> members at once; anything that is not one JSON value.
/// </remarks>
internal static class CanonicalBody
{
    public const int MaxDepth = 64;

    /// <summary>
    /// The most members of all objects that are open at the same time, far more than ISL's bodies have. A member takes 24 bytes until its
    /// object ends, and all of an object's members may need sorting: a body of nothing but members must not cost several times its size, or
    /// seconds.
    /// </summary>
    public const int MaxMembers = 128 * 1024;

    /// <summary>
    /// The largest body, far above any limit: offsets into the canonical bytes, at most 2.25 per byte of the body, must fit an int.
    /// </summary>
    private const int MaxLength = int.MaxValue / 4;

    /// <summary>
    /// Replaces the content of <paramref name="output"/> by the canonical bytes; false, and empty, if the body is uncacheable.
    /// </summary>
    /// <exception cref="OverBudgetException">The budget of <paramref name="output"/> has no room for them.</exception>
    public static bool TryWrite(ReadOnlySpan<byte> json, bool sortKeys, IgnoredFields? ignored, CanonicalBuffer output)
    {
        output.Clear();
        if (json.IsEmpty || json.Length > MaxLength || !Utf8.IsValid(json))
            return false;

        output.Reserve(json.Length + (json.Length / 4) + Digest.Size + 1);
        using var members = new MemberStack(output);
        var read = false;
        try
        {
            read = new CanonicalWriter(output, members, sortKeys).TryWrite(json, ignored);
        }
        catch (JsonException)
        {
            // Not JSON, which the reader reports only by an exception.
        }

        if (!read)
            output.Clear();
        return read;
    }
}
