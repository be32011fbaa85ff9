using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// Answers scrapes, in OpenMetrics (with exemplars) for those who prefer it, else in Prometheus's own text. An exposition is written into
/// memory before its first byte leaves, one at a time: nobody who leaves half way or reads slowly has a part in what another is given, and
/// what arrives is whole, which its length tells. Those who come while one is written share the next.
/// </summary>
internal sealed class MetricsPage(GatewayMetrics metrics) : IDisposable
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string Text = "text/plain";

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Counts arrivals and beginnings, so that nobody is given what was begun before they came.</summary>
    private long _moment;
    private int _readers;
    private Writing? _last;

    /// <summary>Answers one scrape; one that is aborted ends without an error.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var format = FormatFor(context.Request.GetTypedHeaders());
        var (request, response) = (context.Request, context.Response);
        try
        {
            var text = await ReadAsync(format, context.RequestAborted);
            response.ContentType = format == ExpositionFormat.OpenMetricsText
                ? $"{OpenMetrics}; version=1.0.0; charset=utf-8"
                : $"{Text}; version=0.0.4; charset=utf-8";
            response.ContentLength = text.Length;
            if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(text, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Prometheus has its own patience.
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Of what is accepted the most wanted, the first of equals; the text where nothing else is asked for.</summary>
    private static ExpositionFormat FormatFor(RequestHeaders headers) =>
        headers.Accept.OrderByDescending(accepted => accepted.Quality ?? 1).FirstOrDefault(IsKnown) is { } wanted
        && wanted.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase)
            ? ExpositionFormat.OpenMetricsText
            : ExpositionFormat.PrometheusText;

    private static bool IsKnown(MediaTypeHeaderValue accepted) =>
        accepted.Quality is not 0
        && (accepted.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase)
            || accepted.MediaType.Equals(Text, StringComparison.OrdinalIgnoreCase));

    private async Task<ReadOnlyMemory<byte>> ReadAsync(ExpositionFormat format, CancellationToken unwanted)
    {
        var came = Interlocked.Increment(ref _moment);
        Interlocked.Increment(ref _readers);
        try
        {
            await _turn.WaitAsync(unwanted);
            try
            {
                if (_last is { } last && last.Format == format && last.Began > came) return last.Text;
                var began = Interlocked.Increment(ref _moment);
                using var text = new MemoryStream(_last?.Text.Length ?? 0);

                // Not to be given up half way: others may wait for it, and it takes milliseconds.
                await metrics.Registry.CollectAndExportAsTextAsync(text, format, CancellationToken.None);
                _last = new Writing(format, began, text.GetBuffer().AsMemory(0, (int)text.Length));
                return _last.Text;
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            // Half a megabyte or more, which nobody will be given any more.
            if (Interlocked.Decrement(ref _readers) == 0) _last = null;
        }
    }

    private sealed record Writing(ExpositionFormat Format, long Began, ReadOnlyMemory<byte> Text);
}
