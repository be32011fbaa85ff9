namespace IslGateway.FunctionalTests.Conformance;

/// <summary>A content coding of a request body.</summary>
internal enum BodyCoding
{
    Gzip,

    /// <summary>HTTP's deflate: zlib's format.</summary>
    Deflate,

    Brotli,

    /// <summary>UTF-16 with its byte order mark.</summary>
    Utf16,

    /// <summary>UTF-8 with its byte order mark.</summary>
    Utf8Mark,
}
