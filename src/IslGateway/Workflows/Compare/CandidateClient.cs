using System.Globalization;
using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Calls one candidate over connections of its own: no answer of it comes near what serves callers. It follows no redirect and keeps no
/// cookie, and what it reads is bounded in time and size.
/// </summary>
internal sealed class CandidateClient : IDisposable
{
    /// <summary>Bytes that are read at once.</summary>
    private const int Chunk = 16 * 1024;

    private const string SimulatedHeader = "X-Isl-Simulated";
    private const string RemainingHeader = "x-ratelimit-remaining";

    private static readonly UriCreationOptions AsSpelt = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpClient _client;
    private readonly string _root;
    private readonly GatewaySettings _settings;
    private readonly BufferBudget _budget;
    private readonly Via _via;
    private readonly TimeProvider _time;

    /// <param name="against">The candidate's address.</param>
    /// <param name="settings">The settings: how ISL is connected to, and how large an answer may be.</param>
    /// <param name="dialer">Opens the connections.</param>
    /// <param name="via">Marks the requests, so that a loop is noticed.</param>
    /// <param name="budget">Counts the answers' bytes.</param>
    /// <param name="time">The time.</param>
    public CandidateClient(Uri against, GatewaySettings settings, IDialer dialer, Via via, BufferBudget budget, TimeProvider time)
    {
        (_root, _settings, _budget, _via, _time) = (against.AbsoluteUri.TrimEnd('/'), settings, budget, via, time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = settings.Warming.Concurrency,
            PooledConnectionIdleTimeout = settings.Isl.IdleTimeout,
            ConnectTimeout = settings.Isl.ConnectTimeout,
            ActivityHeadersPropagator = null,
            ConnectCallback = dialer.DialAsync,
            SslOptions = TrustedRoots.For(settings.Isl),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks the candidate who it is. Throws only what cancels it.</summary>
    public async Task<CandidateHealth> HealthAsync(CancellationToken cancellationToken)
    {
        var (path, limit) = (_settings.Isl.HealthPath, _settings.Isl.HealthTimeout);
        using var answer = await SendAsync(HttpMethod.Get, path, null, default, limit, HealthReport.MaxSize, cancellationToken);
        if (answer.Status == StatusCodes.Status508LoopDetected) return new CandidateHealth(null, false, true, "it is this gateway itself");
        var word = CompareResult.WordOf(answer.Cause, answer.Status);
        if (word is not null) return new CandidateHealth(null, false, false, $"its {path} cannot be read ({word})");
        return HealthReport.Read(answer.Body) is { } epoch
            ? new CandidateHealth(epoch, answer.IsSimulated || epoch.IsSimulated, false, null)
            : new CandidateHealth(null, answer.IsSimulated, false, $"its {path} names no configuration, so that it is no ISL");
    }

    /// <summary>Asks one question. Throws only what cancels it.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Path and query, sent as they are.</param>
    /// <param name="headers">What to send, besides what is the gateway's own.</param>
    /// <param name="body">The plain body.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<CandidateAnswer> AskAsync(
        HttpMethod method, string target, IHeaderDictionary headers, ReadOnlyMemory<byte> body, TimeSpan limit,
        CancellationToken cancellationToken) =>
        SendAsync(method, target, headers, body, limit, _settings.Cache.MaxEntrySize, cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<CandidateAnswer> SendAsync(
        HttpMethod method, string target, IHeaderDictionary? headers, ReadOnlyMemory<byte> body, TimeSpan limit, long maxSize,
        CancellationToken cancellationToken)
    {
        using var request = RequestOf(method, target, headers, body);
        using var late = new CancellationTokenSource(limit, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var begunAt = _time.GetTimestamp();
        var buffer = new PooledBuffer(_budget.ForFills, Math.Min(maxSize, PooledBuffer.MaxLimit));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token);
            var cause = await ReadAsync(response, buffer, ended.Token) ?? CauseOf(response);
            if (cause is not null) buffer.Dispose();
            return new CandidateAnswer(cause is null ? buffer : null)
            {
                Cause = cause,
                Status = (int)response.StatusCode,
                Took = _time.GetElapsedTime(begunAt),
                RetryAfter = RetryAfterOf(response),
                Remaining = Number(response, RemainingHeader),
                IsSimulated = response.Headers.Contains(SimulatedHeader),
            };
        }
        catch (Exception e) when (CauseOf(e, late.IsCancellationRequested) is { } cause && !cancellationToken.IsCancellationRequested)
        {
            buffer.Dispose();
            return new CandidateAnswer(null) { Cause = cause, Took = _time.GetElapsedTime(begunAt) };
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private HttpRequestMessage RequestOf(HttpMethod method, string target, IHeaderDictionary? headers, ReadOnlyMemory<byte> body)
    {
        var isHttp2 = _settings.Isl.HttpVersion == "2";
        var request = new HttpRequestMessage(method, new Uri(_root + target, AsSpelt))
        {
            Version = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = headers is null ? null : new ReadOnlyMemoryContent(body),
        };
        foreach (var (name, values) in headers ?? new HeaderDictionary())
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        request.Headers.TryAddWithoutValidation(Via.Header, _via.Member("1.1"));
        return request;
    }

    /// <summary>Reads the body; null: it is whole.</summary>
    private static async Task<CompareCause?> ReadAsync(
        HttpResponseMessage response, PooledBuffer buffer, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var chunk = new byte[Chunk];
        while (await stream.ReadAsync(chunk, cancellationToken) is > 0 and var read)
        {
            if (buffer.Append(chunk.AsSpan(0, read)) is not BufferOutcome.Ok and var outcome)
                return outcome == BufferOutcome.LimitExceeded ? CompareCause.TooLarge : CompareCause.NoRoom;
        }

        return null;
    }

    /// <summary>Why a whole answer is none to compare with; null: it is one.</summary>
    private static CompareCause? CauseOf(HttpResponseMessage response) => response switch
    {
        { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => CompareCause.Refused,
        { StatusCode: not HttpStatusCode.OK } => CompareCause.StatusNotOk,
        { Content.Headers.ContentEncoding: { Count: > 0 } coding } when !coding.All(one => one == "identity") => CompareCause.NotJson,
        { Content.Headers.ContentType.MediaType: { } type } when IsJson(type) => null,
        _ => CompareCause.NotJson,
    };

    private static CompareCause? CauseOf(Exception e, bool isLate) => e switch
    {
        _ when isLate => CompareCause.TimedOut,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError,
        } => CompareCause.Unreachable,
        HttpRequestException or IOException => CompareCause.BrokeOff,

        // The handler's own limit for connecting.
        OperationCanceledException { InnerException: TimeoutException } => CompareCause.Unreachable,
        _ => null,
    };

    private static bool IsJson(string type) =>
        type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) =>
        response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) ? null
        : response.Headers.RetryAfter is not { } after ? null
        : after.Delta ?? (after.Date is { } date && date - _time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);

    private static int? Number(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values)
        && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
