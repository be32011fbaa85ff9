using IslGateway.Caching.Filling;

namespace IslGateway.Resilience;

/// <summary>
/// What counts as a failure. ISL's refusals (4xx) are answers like others, its rate limit, even where it says 500 by mistake, is about who
/// asked, and a buffer that is missing here says nothing of ISL.
/// <code>
///                                          replica (each attempt)   question (the fill as a whole)
///   refused, reset, no connection          failing                  silent: not about the body
///   truncated, timed out, 500 502 503 504  failing                  failing
///   any other answer                       healthy                  healthy
///   rate limited                           healthy                  silent
///   no buffer, not sent                    silent                   silent
/// </code>
/// </summary>
internal static class Outcomes
{
    /// <summary>What one attempt says of the replica that it was sent to.</summary>
    public static Outcome OfAttempt(UpstreamAnswer answer) => answer switch
    {
        { Failure: UpstreamFailure.Unreachable } => Outcome.Failing,
        { Failure: UpstreamFailure.None, IsRateLimited: true } => Outcome.Healthy,
        _ => OfFill(answer),
    };

    /// <summary>What a fill, all its attempts together, says of its question.</summary>
    public static Outcome OfFill(UpstreamAnswer answer) => answer switch
    {
        { Failure: UpstreamFailure.Truncated or UpstreamFailure.TimedOut } => Outcome.Failing,
        { Failure: not UpstreamFailure.None } or { IsRateLimited: true } => Outcome.Silent,
        {
            StatusCode: StatusCodes.Status500InternalServerError or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable
                or StatusCodes.Status504GatewayTimeout
        } => Outcome.Failing,
        _ => Outcome.Healthy,
    };
}
