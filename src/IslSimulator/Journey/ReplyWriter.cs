using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslSimulator.Answers;
using IslSimulator.Knobs;

namespace IslSimulator.Journey;

/// <summary>Puts ISL's headers on an answer and sends it, never chunked: gzipped where asked, or cut where a knob says so.</summary>
internal static class ReplyWriter
{
    private const int GzipFrom = 1000;

    // Long enough for the first half to leave the socket before the connection is cut.
    private static readonly TimeSpan BeforeCut = TimeSpan.FromMilliseconds(20);

    public static async Task WriteAsync(HttpContext http, Reply reply, CallIds ids, SimulatorKnobs knobs, CountDown? drop)
    {
        var answer = http.Response;
        answer.StatusCode = reply.Status;
        answer.ContentType = reply.ContentType;
        var body = Pad(reply, knobs.BodyPadding);
        if (reply.HasServiceHeaders)
        {
            Describe(http, ids, knobs);
            if (body.Length >= GzipFrom) answer.Headers.Vary = "Accept-Encoding";
            if (body.Length >= GzipFrom && http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
            {
                body = Gzip(body);
                answer.Headers.ContentEncoding = "gzip";
            }
            else if (Hash(reply.ContentType, body) is { } hash)
            {
                answer.Headers["x-olumi-response-hash"] = hash;
            }
        }

        CrossOrigin.Mark(http.Request, answer.Headers);
        foreach (var (name, value) in reply.Headers) answer.Headers[name] = value;
        foreach (var (name, value) in knobs.ResponseHeaders) answer.Headers[name] = value;
        if (HttpMethods.IsHead(http.Request.Method))
        {
            answer.ContentLength = body.Length;
            return;
        }

        answer.ContentLength = body.Length;
        if (drop is not null && body.Length > 1 && drop.TryTake())
        {
            await answer.Body.WriteAsync(body.AsMemory(0, body.Length / 2), http.RequestAborted);
            await answer.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(BeforeCut, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            http.Abort();
            return;
        }

        await answer.Body.WriteAsync(body, http.RequestAborted);
    }

    private static void Describe(HttpContext http, CallIds ids, SimulatorKnobs knobs)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.XXSSProtection = "1; mode=block";
        headers.ContentSecurityPolicy = "default-src 'self'";
        if (http.Request.Headers["X-Forwarded-Proto"] == "https") headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        headers["x-olumi-service"] = "isl";
        if (!knobs.OmitBuildHeader) headers["x-olumi-service-build"] = knobs.Build;
        headers["x-olumi-trace-received"] = ids.Received;
        headers["x-olumi-downstream-calls"] = "";
        headers[HeaderNames.RequestId] = ids.ForHeader;
        headers[HeaderNames.TraceId] = ids.ForHeader;
    }

    private static byte[] Pad(Reply reply, int bytes)
    {
        if (bytes <= 0 || reply.ContentType != "application/json" || reply.Body is not [(byte)'{', ..]) return reply.Body;
        var body = JsonNode.Parse(reply.Body)!.AsObject();
        body["padding"] = new string('x', bytes);
        return JsonText.Encode(body);
    }

    private static byte[] Gzip(byte[] body)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }

    private static string? Hash(string contentType, byte[] body)
    {
        if (contentType != "application/json") return null;
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 2000 });
            return Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(document.RootElement, sorted: true)));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
