using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Samples;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Workflows.Inner;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// Sends the items of one call, each as if its caller had sent it alone over the same connection: with the headers of the call that are not
/// about its own body or answer, the item's own in their place, an id of its own, and what is left of the caller's time.
/// </summary>
internal sealed class BatchCaller(InnerRequests inner, EndpointTable table, CacheContext call, TimeSpan deadline)
{
    /// <summary>How much earlier than the caller's time an item's may end: it is in whole milliseconds, and timers are not exact.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(10);

    private readonly KeyValuePair<string, StringValues>[] _headers =
        [.. call.Http.Request.Headers.Where(header => ItemHeaders.IsInherited(header.Key))];

    /// <summary>Whether an item has used up the caller's time: what is left of it is enough to ask ISL, and not to be answered.</summary>
    private volatile bool _isOver;

    /// <inheritdoc cref="RowOf(EndpointTable, RequestItem)"/>
    public EndpointRow? RowOf(RequestItem request) => RowOf(table, request);

    /// <summary>The row that a request asks; null if it asks none.</summary>
    public static EndpointRow? RowOf(EndpointTable table, RequestItem request) =>
        !request.Path.StartsWith(ReservedPathsMiddleware.Reserved, StringComparison.Ordinal)
        && table.Match(RawTarget.PathOf(request.Path), request.Method) is { } row && row.Accepts(request.Method)
            ? row
            : null;

    /// <summary>Whether a request says how it wants to be answered from the cache, so that it may not find what was just stored.</summary>
    public bool HasDirectives(RequestItem request) =>
        call.Http.Request.Headers.CacheControl.Count > 0
        || request.Headers.Any(header => header.Key.Equals(HeaderNames.CacheControl, StringComparison.OrdinalIgnoreCase));

    /// <summary>Sends an item and waits for its answer.</summary>
    /// <param name="index">The item's place.</param>
    /// <param name="request">What it asks; null: it is wrong.</param>
    /// <param name="item">Its body, or what is wrong with it.</param>
    /// <param name="holders">How many items are to have the answer.</param>
    /// <param name="isLine">Whether the answer is to stand on one line.</param>
    /// <param name="cancellationToken">Says that the caller has left.</param>
    public async Task<BatchAnswer> SendAsync(
        int index, RequestItem? request, WorkItem item, int holders, bool isLine, CancellationToken cancellationToken)
    {
        var (id, left) = (IdOf(index), call.Left(deadline));
        var problem = item.Problem
            ?? (RowOf(request!) is null ? Problems.UnknownItemPath()
                : _isOver || left < TimeSpan.FromMilliseconds(1) ? Problems.DeadlinePassed(deadline)
                : null);
        if (problem is not null) return Failed(problem, id ?? call.RequestId, holders);

        var limit = call.Settings.Cache.MaxEntrySize;
        var answer = await inner.SendAsync(
            new InnerRequest(request!.Method, request.Path, HeadersOf(request, item.Body is not null, id, left), item.Body)
            {
                Scheme = call.Http.Request.Scheme,
                Protocol = call.Http.Request.Protocol,
                RemoteAddress = call.Http.Connection.RemoteIpAddress,
                MaxAnswerSize = limit,
            },
            cancellationToken);
        if (answer.Outcome.Reason == Reason.DeadlinePassed && call.Left(deadline) < Slack) _isOver = true;
        if (answer.Fault != InnerFault.None)
        {
            return Failed(
                answer.Fault switch
                {
                    InnerFault.TooLarge => Problems.AnswerTooLarge(limit),
                    InnerFault.OverBudget => Problems.BuffersFull(),
                    _ => Problems.Truncated(),
                },
                id ?? call.RequestId, holders);
        }

        return new BatchAnswer(holders, answer)
        {
            Status = answer.StatusCode,
            CacheStatus = answer.Headers["Cache-Status"].ToString(),
            Samples = int.TryParse(
                answer.Headers[SampleHeaders.Samples].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var samples)
                ? samples
                : null,
            Outcome = answer.Outcome,
            Body = JsonOf(answer, isLine),
        };
    }

    private static BatchAnswer Failed(Problem problem, string id, int holders)
    {
        var outcome = CacheOutcome.Answered(problem.Cause);
        return new BatchAnswer(holders, null)
        {
            Status = problem.Status,
            CacheStatus = outcome.ToString(),
            Outcome = outcome,
            Body = ProblemWriter.Render(id, problem),
        };
    }

    private HeaderDictionary HeadersOf(RequestItem request, bool hasBody, string? id, TimeSpan left)
    {
        var headers = new HeaderDictionary(_headers.Length + request.Headers.Count + 4);
        foreach (var (name, values) in _headers) headers[name] = values;
        if (id is not null) headers[RequestId.Header] = id;
        else headers.Remove(RequestId.Header);
        if (hasBody) headers[HeaderNames.ContentType] = "application/json";
        ItemHeaders.AddTo(headers, request.Headers, call.Settings.Credentials.Headers);

        // An item may ask for less time than there is left, not for more.
        var own = CallerDirectives.DeadlineOf(headers, left);
        headers[CallerDirectives.TimeoutHeader] = ((long)own.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        return headers;
    }

    /// <summary>The call's id and the item's place; null where that would be too long to be one.</summary>
    private string? IdOf(int index)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{call.RequestId}.{index}");
        return RequestId.IsWellFormed(id) ? id : null;
    }

    /// <summary>
    /// The body as it stands, if it is JSON; else a text of it, or null. Between the parts of JSON a line end means no more than a blank.
    /// </summary>
    private static ReadOnlyMemory<byte> JsonOf(InnerAnswer answer, bool isLine)
    {
        var body = answer.Body;
        if (body.IsEmpty) return "null"u8.ToArray();
        if (!IsJson(body.Span)) return JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(body.Span));
        if (isLine)
        {
            var text = MemoryMarshal.AsMemory(body).Span;
            text.Replace((byte)'\n', (byte)' ');
            text.Replace((byte)'\r', (byte)' ');
        }

        return body;
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, RequestItem.Reading);
            while (reader.Read())
            {
            }

            return Utf8.IsValid(text);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
