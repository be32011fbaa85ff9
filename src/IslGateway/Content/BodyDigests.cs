namespace IslGateway.Content;

/// <summary>
/// Headers that hold a digest of a body's bytes as sent (RFC 9530 and its forerunners): wrong once the bytes are changed.
/// </summary>
internal static class BodyDigests
{
    private static readonly string[] Names = ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5"];

    /// <summary>Removes these headers after the body was compressed or decompressed.</summary>
    public static void Remove(IHeaderDictionary headers)
    {
        foreach (var name in Names) headers.Remove(name);
    }
}
