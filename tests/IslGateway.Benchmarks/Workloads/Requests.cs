using System.Globalization;
using System.Text;
using IslGateway.Benchmarks.Load;

namespace IslGateway.Benchmarks.Workloads;

/// <summary>Whole requests, head and body.</summary>
internal static class Requests
{
    private const string Key = "benchmark-key-0123456789";

    /// <summary>The least that PLoT has to send.</summary>
    public static byte[] Plain(string path, byte[] body) => Join(path, body, "Content-Type: application/json", $"X-API-Key: {Key}");

    /// <summary>The same with a body that is gzip.</summary>
    public static byte[] Packed(string path, byte[] body) =>
        Join(path, body, "Content-Type: application/json", $"X-API-Key: {Key}", "Content-Encoding: gzip");

    /// <summary>
    /// What PLoT's client sends, in the order in which Python's httpx does; the request id has a place for <see cref="OwnDigits"/>.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="body">The body.</param>
    /// <param name="acceptEncoding">httpx always says <c>gzip, deflate</c>.</param>
    public static byte[] Httpx(string path, byte[] body, string acceptEncoding = "gzip, deflate") => Join(
        path, body, "Accept: */*", $"Accept-Encoding: {acceptEncoding}", "Connection: keep-alive", "User-Agent: python-httpx/0.27.2",
        $"X-API-Key: {Key}", $"X-Request-Id: 6fb04a11-27d3-4a0e-9c5d-{OwnDigits.Mark}", "Content-Type: application/json");

    /// <summary>With an id of full length that is the same in all, and a body that may have a place for <see cref="OwnDigits"/>.</summary>
    public static byte[] Numbered(string path, byte[] body, string acceptEncoding) => Join(
        path, body, "Content-Type: application/json", $"X-API-Key: {Key}", $"Accept-Encoding: {acceptEncoding}",
        "X-Request-Id: 6fb04a11-27d3-4a0e-9c5d-000000000000");

    private static byte[] Join(string path, byte[] body, params string[] headers) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: isl.internal\r\n{string.Concat(headers.Select(header => header + "\r\n"))}"
            + $"Content-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n"),
        .. body,
    ];
}
