using System.Security.Cryptography;
using IslGateway.Caching;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using IslGateway.Workflows.Inner;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// Warms one request under one credential, by the journey that a caller's would go.
/// <code>
///   1. is it stored?   asked with only-if-cached: costs no call
///   2. a turn          within the budget, behind callers (<see cref="WarmingTurns"/>)
///   3. ask             once; told to come again later (429, 503), it does so when the time is up, a few times
/// </code>
/// </summary>
internal sealed class WarmingCaller(
    InnerRequests inner, WarmingTurns turns, RateLimits limits, EndpointTable table, Quarantine quarantine, KeyComposer keys,
    SettingsMonitor settings, GatewayMetrics metrics, WarmingScheme scheme, TimeProvider time)
{
    /// <summary>How often one request is asked at most.</summary>
    private const int MaxAttempts = 5;

    /// <summary>The longest pause that ISL can ask for.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>The row to warm; null, with the reason, where the request is none whose answer is ever stored.</summary>
    public EndpointRow? RowOf(RequestItem item, out string? trouble)
    {
        var row = table.Match(RawTarget.PathOf(item.Path), item.Method);
        trouble = row?.Accepts(item.Method) != true ? "Its path and method are none of the endpoint table."
            : !row.IsCacheable ? $"Answers of {row.Name} are not cached."
            : quarantine.Holds(row) ? $"Answers of {row.Name} are not cached at present: they differ from one computation to the next."
            : settings.Current.Cache.Mode == CacheMode.Off ? "Cache:Mode is Off."
            : null;
        return trouble is null ? row : null;
    }

    /// <summary>Warms it.</summary>
    public async Task<WarmingResult> WarmAsync(
        long line, EndpointRow row, RequestItem item, WarmingCredential credential, CancellationToken cancellationToken)
    {
        var result = await AnswerAsync(line, item, credential, WarmingManner.Warming(scheme.Of), cancellationToken);
        metrics.CountWarmed(row.Path, result.Kind.ToString().ToLowerInvariant());
        return result;
    }

    /// <summary>Sees to it that the answer of a request is stored, and counts nothing.</summary>
    /// <param name="line">Its number.</param>
    /// <param name="item">The request.</param>
    /// <param name="credential">The credential that it is asked under.</param>
    /// <param name="manner">In what way it is asked.</param>
    /// <param name="cancellationToken">Ends the wait for a turn.</param>
    public async Task<WarmingResult> AnswerAsync(
        long line, RequestItem item, WarmingCredential credential, WarmingManner manner, CancellationToken cancellationToken) =>
        await LookAsync(line, item, credential, manner, cancellationToken)
            ?? await AskAsync(line, item, credential, manner, cancellationToken);

    /// <summary>1. Is it stored? Null: it is not.</summary>
    private async Task<WarmingResult?> LookAsync(
        long line, RequestItem item, WarmingCredential credential, WarmingManner manner, CancellationToken cancellationToken)
    {
        // no-store keeps a hit near its end from being computed anew outside the budget.
        using var answer = await SendAsync(item, credential, manner, "only-if-cached, no-store", null, cancellationToken);
        if (answer.Outcome is { Disposition: CacheDisposition.Answered, Reason: Reason.OnlyIfCached }) return null;
        if (CredentialVerifier.IsRefusal(answer.StatusCode)) credential.Refuse();
        return Result(line, answer);
    }

    private async Task<WarmingResult> AskAsync(
        long line, RequestItem item, WarmingCredential credential, WarmingManner manner, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var alone = await credential.EnterAsync(cancellationToken);
            if (credential.IsRefused) return WarmingResult.NotAsked(line, "ISL refuses the credential.");

            // 2. A turn.
            var call = CallOf(item, credential);
            using var place = await turns.TakeAsync(credential, call, manner.OnlyWhileIdle, cancellationToken);

            // 3. Ask.
            using var answer = await SendAsync(item, credential, manner, null, new BackgroundRequest(place), cancellationToken);
            var isLimited = answer.StatusCode == StatusCodes.Status429TooManyRequests
                || (answer.StatusCode >= StatusCodes.Status500InternalServerError && !limits.HasHeadroom(call, 0));
            if (CredentialVerifier.IsRefusal(answer.StatusCode)) credential.Refuse();
            else if (answer.StatusCode == StatusCodes.Status200OK) credential.Accept();
            var pause = PauseOf(answer);
            if (pause is { } named) credential.Pause(named, time);
            if (attempt == MaxAttempts || !(isLimited || pause is not null)) return Result(line, answer);
        }
    }

    private Task<InnerAnswer> SendAsync(
        RequestItem item, WarmingCredential credential, WarmingManner manner, string? directives, BackgroundRequest? place,
        CancellationToken cancellationToken)
    {
        var headers = HeadersOf(item, credential);
        if (directives is not null) headers[HeaderNames.CacheControl] = directives;
        headers[RequestId.Header] = manner.IdPrefix + RandomNumberGenerator.GetHexString(12, lowercase: true);
        return inner.SendAsync(
            new InnerRequest(item.Method, item.Path, headers, item.Body)
            {
                Scheme = manner.Scheme,
                Background = place ?? new BackgroundRequest(null),
            },
            cancellationToken);
    }

    private UpstreamCall CallOf(RequestItem item, WarmingCredential credential)
    {
        var (headers, current) = (HeadersOf(item, credential), settings.Current);
        return new UpstreamCall(item.Method, item.Path, headers, default)
        {
            MaxAnswerSize = 0,
            Credential = CredentialReader.Of(headers, current.Credentials.Headers, keys.SecretIn(current)),
        };
    }

    private HeaderDictionary HeadersOf(RequestItem item, WarmingCredential credential)
    {
        var headers = new HeaderDictionary();
        ItemHeaders.AddTo(headers, item.Headers, settings.Current.Credentials.Headers);
        headers.Remove(HeaderNames.CacheControl);
        if (headers[HeaderNames.ContentType].Count == 0) headers[HeaderNames.ContentType] = "application/json";
        credential.AddTo(headers);
        return headers;
    }

    private static WarmingResult Result(long line, InnerAnswer answer)
    {
        var isOk = answer.StatusCode == StatusCodes.Status200OK;
        var (disposition, reason) = (answer.Outcome.Disposition, answer.Outcome.Reason);
        var isStored = disposition is CacheDisposition.Stored or CacheDisposition.Refreshed or CacheDisposition.Collapsed
            || (disposition == CacheDisposition.Bypass && reason == Reason.Observed);
        var kind = isOk && disposition == CacheDisposition.Hit && reason != Reason.Stale ? WarmingKind.Known
            : isOk && isStored ? WarmingKind.Warmed
            : WarmingKind.Failed;
        return new WarmingResult(line, kind) { Status = answer.StatusCode, CacheStatus = answer.Outcome.ToString() };
    }

    /// <summary>How long ISL, or the gateway before it, asks to be left alone; null: it does not.</summary>
    private TimeSpan? PauseOf(InnerAnswer answer)
    {
        if (answer.StatusCode is not (StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)) return null;
        if (!RetryConditionHeaderValueOf(answer, out var pause)) return null;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause > LongestPause ? LongestPause : pause;
    }

    private bool RetryConditionHeaderValueOf(InnerAnswer answer, out TimeSpan pause)
    {
        pause = default;
        if (!System.Net.Http.Headers.RetryConditionHeaderValue.TryParse(answer.Headers.RetryAfter.ToString(), out var parsed)) return false;
        pause = parsed.Delta ?? (parsed.Date!.Value - time.GetUtcNow());
        return true;
    }
}
