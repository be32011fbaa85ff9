using System.IO.Compression;
using System.Text;
using System.Text.Json;
using IslSimulator.Answers;

namespace IslSimulator.Journey;

/// <summary>
/// Reads a body as FastAPI does: UTF-8, -16 or -32, with or without a byte order mark; of duplicate keys the last; deep nesting.
/// </summary>
internal static class BodyReading
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 990 };

    public static async Task<byte[]> ReadAllAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }

    /// <summary>The bytes that ISL would read: it never decompresses, and the simulator does so only if the option says so.</summary>
    public static byte[] Unpack(byte[] body, HttpRequest request, bool rejectGzip)
    {
        if (rejectGzip || body is not [0x1f, 0x8b, ..]
            || !request.Headers.ContentEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
            return body;
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    public static bool TryParse(byte[] body, string? contentType, out JsonElement json, out Reply? detail, out IslError? error)
    {
        json = default;
        detail = null;
        error = null;
        if (body.Length == 0 || !IsJson(contentType))
        {
            error = IslError.Validation(body.Length == 0 ? "body: Field required" : "body: Input should be a valid dictionary or object");
            return false;
        }

        string text;
        try
        {
            text = EncodingOf(body).GetString(body).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            // The error for a gzipped body: json.loads cannot decode its bytes.
            detail = Reply.Detail(400, "There was an error parsing the body");
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Options);
            json = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            error = IslError.Validation($"body.{exception.BytePositionInLine ?? 0}: JSON decode error");
            return false;
        }

        if (json.ValueKind == JsonValueKind.Object) return true;
        error = IslError.Validation("body: Input should be a valid dictionary or object");
        return false;
    }

    private static bool IsJson(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType)) return true;
        var type = contentType.Split(';')[0].Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    // A JSON text begins with two ASCII characters, so the zero bytes beside them show the encoding.
    private static Encoding EncodingOf(byte[] body) => body switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [not 0, 0, 0, 0, ..] =>
            new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true),
        [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..] =>
            new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true),
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true),
        [0xFE, 0xFF, ..] or [0, not 0, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true),
        _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
    };
}
