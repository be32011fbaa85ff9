using System.Globalization;
using IslGateway.Settings;
using Polly;
using Polly.Retry;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// Makes the retries of a call that may have them: after a transport failure, 502 or 503, on another replica if there is one. 500, 504 and
/// silence would only be repeated. ISL's <c>Retry-After</c> is respected up to <c>Retry:MaxWait</c>; if it is longer there is no retry.
/// </summary>
internal sealed class UpstreamRetry
{
    /// <summary>Polly wants a fixed number; the setting, which allows no more, decides each time.</summary>
    private const int MostAttempts = 3;

    private static readonly ResiliencePropertyKey<IReadOnlyCollection<string>> Sends = new("sends");

    private readonly ResiliencePipeline<UpstreamAnswer> _pipeline;
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;

    /// <param name="settings">The current settings; section <c>Retry</c>.</param>
    /// <param name="time">The clock for waits.</param>
    public UpstreamRetry(SettingsMonitor settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _pipeline = new ResiliencePipelineBuilder<UpstreamAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<UpstreamAnswer>
            {
                MaxRetryAttempts = MostAttempts,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result is { } answer
                    && Wants(answer, Math.Max(arguments.AttemptNumber, arguments.Context.Properties.GetValue(Sends, []).Count - 1))),
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(RetryAfter(arguments.Outcome.Result!) ?? TimeSpan.Zero),
            })
            .Build();
    }

    /// <summary>
    /// Makes a call's attempts until one is good enough or no more are allowed. Throws only if cancelled between two of them.
    /// </summary>
    /// <param name="attempt">Makes one.</param>
    /// <param name="sends">
    /// The replicas that the call was sent to so far, repeated if sent there again: an attempt that sends twice counts as two.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public async ValueTask<UpstreamAnswer> RunAsync(
        Func<CancellationToken, ValueTask<UpstreamAnswer>> attempt, IReadOnlyCollection<string> sends, CancellationToken cancellationToken)
    {
        // Nearly every call is answered at once, and needs no pipeline.
        var first = await attempt(cancellationToken);
        return Wants(first, Math.Max(0, sends.Count - 1)) ? await GoOnAsync(first, attempt, sends, cancellationToken) : first;
    }

    /// <summary>Whether a further attempt is made after this answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="sendsBefore">How often the call had been sent before the attempt that this answer came from.</param>
    public bool Wants(UpstreamAnswer answer, int sendsBefore) => sendsBefore < _settings.Current.Retry.MaxAttempts && IsWorthwhile(answer);

    /// <summary>The pipeline, whose first attempt has been made.</summary>
    private async ValueTask<UpstreamAnswer> GoOnAsync(
        UpstreamAnswer? first, Func<CancellationToken, ValueTask<UpstreamAnswer>> attempt, IReadOnlyCollection<string> sends,
        CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Sends, sends);
        try
        {
            return await _pipeline.ExecuteAsync(
                (context, attempt) => Interlocked.Exchange(ref first, null) is { } made
                    ? ValueTask.FromResult(made)
                    : attempt(context.CancellationToken),
                context, attempt);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool IsWorthwhile(UpstreamAnswer answer) => answer switch
    {
        { Rest: not null } => false,
        {
            Failure: UpstreamFailure.Unreachable or UpstreamFailure.ConnectionEnded or UpstreamFailure.Unreadable
                or UpstreamFailure.Truncated
        } => true,
        { Failure: UpstreamFailure.None, StatusCode: StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable } =>
            answer.Headers.RetryAfter.Count == 0 || RetryAfter(answer) <= _settings.Current.Retry.MaxWait,
        _ => false,
    };

    /// <summary><c>Retry-After</c> in seconds or as a date (RFC 9110, section 10.2.3); null if it is neither.</summary>
    private TimeSpan? RetryAfter(UpstreamAnswer answer)
    {
        var text = answer.Headers.RetryAfter.ToString();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return TimeSpan.FromSeconds(seconds);
        if (!DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return null;
        return date - _time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
