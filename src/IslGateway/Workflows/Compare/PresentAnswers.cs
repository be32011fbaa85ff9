using IslGateway.Caching;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Edge;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using IslGateway.Workflows.Inner;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// What callers have now for a question: the stored answer of the present configuration or, where none is stored, ISL's, which is asked as
/// for a warming: within its budget, behind callers, and what it says is stored.
/// </summary>
internal sealed class PresentAnswers(
    KeptAnswers stored, InnerRequests inner, WarmingTurns turns, ReplicaRegistry replicas, KeyComposer keys, SettingsMonitor settings,
    GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>How often ISL is asked one question at most: again where it says when to come again.</summary>
    private const int MaxAttempts = 5;

    /// <summary>The longest pause that ISL can ask for.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>The stored answer; null: there is none.</summary>
    public async Task<PresentAnswer?> StoredAsync(KeptRequest question, CancellationToken cancellationToken)
    {
        foreach (var epoch in replicas.LookupDigests())
        {
            if (await stored.FindAsync(question, epoch, cancellationToken) is { } found)
                return new PresentAnswer(found.Body, found.UpstreamDuration, null);
        }

        return null;
    }

    /// <summary>ISL's answer, which goes into the cache; null: it gives none that could.</summary>
    /// <param name="question">The question.</param>
    /// <param name="credential">What it is asked under.</param>
    /// <param name="requestId">The id to ask with, which stands in the answer where ISL echoes it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<PresentAnswer?> AskedAsync(
        KeptRequest question, WarmingCredential credential, string requestId, CancellationToken cancellationToken)
    {
        if (await AskAsync(question, credential, requestId, cancellationToken) is not { } answer) return null;
        var isGood = IsGood(answer);
        metrics.CountWarmed(question.Row.Path, isGood ? "warmed" : "failed");
        if (isGood) return new PresentAnswer(answer.Body, answer.UpstreamDuration, answer);
        answer.Dispose();
        return null;
    }

    /// <summary>Asks ISL; null: it refuses the credential, so that it is not asked any more.</summary>
    private async Task<InnerAnswer?> AskAsync(
        KeptRequest question, WarmingCredential credential, string requestId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var alone = await credential.EnterAsync(cancellationToken);
            if (credential.IsRefused) return null;
            using var place = await turns.TakeAsync(credential, CallOf(question, credential), cancellationToken);
            var answer = await SendAsync(question, credential, requestId, place, cancellationToken);
            if (CredentialVerifier.IsRefusal(answer.StatusCode)) credential.Refuse();
            else if (answer.StatusCode == StatusCodes.Status200OK) credential.Accept();
            if (PauseOf(answer) is not { } pause || attempt == MaxAttempts) return answer;
            answer.Dispose();
            credential.Pause(pause < LongestPause ? pause : LongestPause, time);
        }
    }

    private Task<InnerAnswer> SendAsync(
        KeptRequest question, WarmingCredential credential, string requestId, IDisposable place, CancellationToken cancellationToken)
    {
        var headers = HeadersOf(question, credential);
        headers[RequestId.Header] = requestId;
        return inner.SendAsync(
            new InnerRequest(question.Method, question.Target, headers, question.Body)
            {
                Scheme = question.Scheme,
                Background = new BackgroundRequest(place),
                MaxAnswerSize = settings.Current.Cache.MaxEntrySize,
            },
            cancellationToken);
    }

    /// <summary>The call by which ISL counts it.</summary>
    private UpstreamCall CallOf(KeptRequest question, WarmingCredential credential)
    {
        var (headers, current) = (HeadersOf(question, credential), settings.Current);
        return new UpstreamCall(question.Method, question.Target, headers, default)
        {
            MaxAnswerSize = 0,
            Credential = CredentialReader.Of(headers, current.Credentials.Headers, keys.SecretIn(current)),
        };
    }

    private static HeaderDictionary HeadersOf(KeptRequest question, WarmingCredential credential)
    {
        var headers = new HeaderDictionary { [HeaderNames.ContentType] = "application/json" };
        foreach (var (name, value) in question.Headers) headers.Append(name, value);
        credential.AddTo(headers);
        return headers;
    }

    /// <summary>Whether it is a whole answer of the present configuration that callers may be given.</summary>
    private static bool IsGood(InnerAnswer answer) =>
        answer is { StatusCode: StatusCodes.Status200OK, Fault: InnerFault.None } && answer.Outcome switch
        {
            { Disposition: CacheDisposition.Hit, Reason: not Reason.Stale } => true,
            { Disposition: CacheDisposition.Stored or CacheDisposition.Refreshed or CacheDisposition.Collapsed } => true,
            { Disposition: CacheDisposition.Bypass, Reason: Reason.Observed } => true,
            _ => false,
        };

    private TimeSpan? PauseOf(InnerAnswer answer) =>
        answer.StatusCode is not (StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable) ? null
        : !System.Net.Http.Headers.RetryConditionHeaderValue.TryParse(answer.Headers.RetryAfter.ToString(), out var after) ? null
        : after.Delta ?? (after.Date!.Value - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);
}
