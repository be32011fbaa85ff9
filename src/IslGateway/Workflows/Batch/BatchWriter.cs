using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IslGateway.Caching.Answers;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// Writes the answers of a call: to whoever accepts <c>application/x-ndjson</c> each on a line of its own, in the order in which they are
/// done; else as one object, in the order of the items.
/// <code>
///   {"responses":[{"id":…,"status":200,"cache_status":"IslGateway; hit; …","body":…},…]}
/// </code>
/// Where an answer names its number of samples, <c>"samples":1000</c> stands before its body.
/// </summary>
internal sealed class BatchWriter
{
    private const string Lines = "application/x-ndjson";
    private const string Json = "application/json";

    private readonly HttpContext _http;

    private BatchWriter(HttpContext http, bool asLines) => (_http, AsLines) = (http, asLines);

    /// <summary>Whether each answer stands on a line.</summary>
    public bool AsLines { get; }

    public static BatchWriter For(HttpContext http)
    {
        var accept = http.Request.GetTypedHeaders().Accept;
        return new BatchWriter(http, QualityOf(accept, Lines) is > 0 and var lines && lines >= QualityOf(accept, Json));
    }

    /// <summary>Writes the answers as they come.</summary>
    public async Task WriteAsync(IWorkItems items, BatchRun run)
    {
        _http.Response.ContentType = AsLines ? Lines : Json;
        await AnswerPieces.StartAsync(_http);
        if (AsLines) await FlushAsync("");
        else Put("{\"responses\":[");
        var next = 0;
        var isDone = new bool[items.Count];
        await foreach (var index in run.Finished.ReadAllAsync(_http.RequestAborted))
        {
            isDone[index] = true;
            if (AsLines) await WriteAsync(items, run, index, "", "}\n");
            while (!AsLines && next < items.Count && isDone[next])
            {
                await WriteAsync(items, run, next, next == 0 ? "" : ",", "}");
                next++;
            }
        }

        if (!AsLines) await FlushAsync("]}");
    }

    /// <summary>How much a caller wants a media type that it names (RFC 9110, section 12.4.2): 0 to 1; 0 also where it does not.</summary>
    private static double QualityOf(IList<MediaTypeHeaderValue> accept, string type) => accept
        .Where(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
        .Select(range => range.Quality ?? 1)
        .DefaultIfEmpty(0)
        .Max();

    private async Task WriteAsync(IWorkItems items, BatchRun run, int index, string before, string after)
    {
        var answer = run.AnswerOf(index);
        Put($"{before}{{\"id\":");
        _http.Response.BodyWriter.Write(items.IdOf(index).Span);
        Put(string.Create(
            CultureInfo.InvariantCulture,
            $",\"status\":{answer.Status},\"cache_status\":\"{JsonEncodedText.Encode(answer.CacheStatus)}\""));
        if (answer.Samples is { } samples) Put(string.Create(CultureInfo.InvariantCulture, $",\"samples\":{samples}"));
        Put(",\"body\":");
        await AnswerPieces.WriteAsync(_http, answer.Body);
        run.Wrote(index);
        await FlushAsync(after);
    }

    private void Put(string text) => Encoding.UTF8.GetBytes(text, _http.Response.BodyWriter);

    private async ValueTask FlushAsync(string text)
    {
        Put(text);
        await AnswerPieces.FlushAsync(_http, 1);
    }
}
