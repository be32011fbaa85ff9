using System.Globalization;
using IslGateway.Caching.Filling;
using Polly;
using Polly.Retry;

namespace IslGateway.Resilience;

/// <summary>
/// The second attempt of a call that may have one: after a transport failure, 502 or 503, on another replica where there is one. ISL's own
/// <c>Retry-After</c> is respected up to 1 s; a longer one means no retry.
/// </summary>
internal static class UpstreamRetry
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>The pipeline around one call's attempts.</summary>
    /// <param name="time">By which waits are measured; null: the system's.</param>
    public static ResiliencePipeline<UpstreamAnswer> Build(TimeProvider? time = null) => new ResiliencePipelineBuilder<UpstreamAnswer> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<UpstreamAnswer>
        {
            MaxRetryAttempts = 1,
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result is { } answer && IsWorthwhile(answer)),
            DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(RetryAfter(arguments.Outcome.Result!) ?? TimeSpan.Zero),
        })
        .Build();

    private static bool IsWorthwhile(UpstreamAnswer answer) => answer switch
    {
        { Rest: not null } => false,
        { Failure: UpstreamFailure.Unreachable or UpstreamFailure.Truncated } => true,
        { Failure: UpstreamFailure.None, StatusCode: StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable } =>
            answer.Headers.RetryAfter.Count == 0 || RetryAfter(answer) <= LongestWait,
        _ => false,
    };

    private static TimeSpan? RetryAfter(UpstreamAnswer answer) =>
        int.TryParse(answer.Headers.RetryAfter.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
