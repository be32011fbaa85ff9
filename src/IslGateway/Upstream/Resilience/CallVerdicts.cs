namespace IslGateway.Upstream.Resilience;

/// <summary>
/// What counts as a failure. ISL's refusals (4xx) are answers like others, its rate limit, even where it says 500 by mistake, is about who
/// asked, and a buffer that is missing here says nothing of ISL.
/// <code>
///                                          replica (each attempt)   question (the fill as a whole)
///   no connection could be made            failing                  silent: not about the body
///   ended, truncated, timed out, nonsense  failing                  failing
///   500 502 503 504                        failing                  failing
///   any other answer                       healthy                  healthy
///   rate limited                           healthy                  silent
///   no buffer, not sent                    silent                   silent
/// </code>
/// A fill whose last attempt says nothing of the question goes by the ones before: a body that crashes ISL finds nobody there the second
/// time. A connection that ended because it was idle counts nowhere once the call has been sent again and answered.
/// </summary>
internal static class CallVerdicts
{
    /// <summary>What one attempt says of the replica that it was sent to.</summary>
    public static CallVerdict OfAttempt(UpstreamAnswer answer) => answer switch
    {
        { Failure: UpstreamFailure.Unreachable } => CallVerdict.Failing,
        { Failure: UpstreamFailure.None, IsRateLimited: true } => CallVerdict.Healthy,
        _ => OfFill(answer),
    };

    /// <summary>What an attempt says of its question.</summary>
    public static CallVerdict OfFill(UpstreamAnswer answer) => answer switch
    {
        {
            Failure: UpstreamFailure.ConnectionEnded or UpstreamFailure.Truncated or UpstreamFailure.Invalid or UpstreamFailure.TimedOut
        } => CallVerdict.Failing,
        { Failure: not UpstreamFailure.None } or { IsRateLimited: true } => CallVerdict.Silent,
        {
            StatusCode: StatusCodes.Status500InternalServerError or StatusCodes.Status502BadGateway
                or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout
        } => CallVerdict.Failing,
        _ => CallVerdict.Healthy,
    };
}
