using System.Globalization;
using System.Text;

namespace IslSimulator.Control;

/// <summary>
/// Lines sent one by one, each flushed, and a trailer. The chunks are framed here because Kestrel sends no trailers over HTTP/1.1; it
/// leaves an answer alone that names its own transfer coding.
/// </summary>
internal static class StreamingPage
{
    public static async Task WriteAsync(HttpContext http, TimeProvider time)
    {
        var lines = Number(http, "n", 5, 10_000);
        var interval = TimeSpan.FromMilliseconds(Number(http, "interval_ms", 50, 60_000));
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.TransferEncoding = "chunked";
        http.Response.Headers.Trailer = "X-Sim-Trailer";
        for (var line = 1; line <= lines; line++)
        {
            var text = $"line {line}\n";
            await SendAsync(http, $"{text.Length:x}\r\n{text}\r\n");
            if (interval > TimeSpan.Zero && line < lines) await Task.Delay(interval, time, http.RequestAborted);
        }

        await SendAsync(http, "0\r\nX-Sim-Trailer: done\r\n\r\n");
    }

    private static async Task SendAsync(HttpContext http, string text)
    {
        await http.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static int Number(HttpContext http, string name, int otherwise, int most) =>
        int.TryParse(http.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? Math.Min(value, most)
            : otherwise;
}
