namespace IslGateway.Content;

/// <summary>The content codings (RFC 9110, section 8.4.1) that a request body may come in.</summary>
internal enum ContentCoding
{
    None,
    Gzip,

    /// <summary>HTTP's <c>deflate</c>: the zlib format (RFC 1950) and, for old clients, bare deflate data.</summary>
    Deflate,
    Brotli,
}
