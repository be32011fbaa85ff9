using System.Globalization;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Turns a request of a data file into the bytes of a message.</summary>
internal static class RequestBytes
{
    public static byte[] Of(RequestSpec request)
    {
        if (request.Raw is { } raw) return Encoding.Latin1.GetBytes(raw);
        var body = BodyOf(request);
        var head = new StringBuilder($"{request.Method} {request.Target} HTTP/1.1\r\n");
        if (!Has(request, "Host")) head.Append("Host: gateway.test\r\n");
        if (request.ContentType is { Length: > 0 } type) head.Append(CultureInfo.InvariantCulture, $"Content-Type: {type}\r\n");
        foreach (var header in request.Headers!) head.Append(CultureInfo.InvariantCulture, $"{header[0]}: {header[1]}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
    }

    /// <summary>The body on the wire.</summary>
    public static byte[] BodyOf(RequestSpec request)
    {
        var body = request.Hex is { } hex ? Convert.FromHexString(hex)
            : Encoding.UTF8.GetBytes(request.Text ?? (request.Body is { } json ? json.GetRawText() : ""));
        body = [.. body, .. Enumerable.Repeat((byte)' ', request.Pad ?? 0)];
        body = (request.Pack ?? []).Aggregate(body, Pack);
        return [.. body[..^(request.Cut ?? 0)], .. Convert.FromHexString(request.Append ?? "")];
    }

    private static byte[] Pack(byte[] body, BodyCoding coding) => coding switch
    {
        BodyCoding.Gzip => Packed.Gzip(body),
        BodyCoding.Deflate => Packed.Deflate(Encoding.UTF8.GetString(body)),
        BodyCoding.Brotli => Packed.Brotli(Encoding.UTF8.GetString(body)),
        BodyCoding.Utf16 => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(body))],
        BodyCoding.Utf8Mark => [.. Encoding.UTF8.Preamble, .. body],
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "No coding."),
    };

    private static bool Has(RequestSpec request, string name) =>
        request.Headers!.Any(header => header[0].Equals(name, StringComparison.OrdinalIgnoreCase));
}
