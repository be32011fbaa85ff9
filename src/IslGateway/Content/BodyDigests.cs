namespace IslGateway.Content;

/// <summary>
/// Headers that hold a digest of a body's bytes as they are sent (RFC 9530 and its forerunners): wrong once those are others.
/// </summary>
internal static class BodyDigests
{
    private static readonly string[] Names = ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5"];

    /// <summary>Removes them, because the body was packed or unpacked.</summary>
    public static void Remove(IHeaderDictionary headers)
    {
        foreach (var name in Names) headers.Remove(name);
    }
}
