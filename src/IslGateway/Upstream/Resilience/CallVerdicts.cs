namespace IslGateway.Upstream.Resilience;

/// <summary>
/// What counts as a failure. ISL's refusals (4xx) are answers like others; a used-up rate limit, even if sent as a 500, is about the
/// caller; a lack of buffers in the gateway says nothing about ISL.
/// <code>
///                                          replica (each attempt)   question (the fill as a whole)
///   no connection could be made            failing                  silent: not about the body
///   ended, truncated, timed out, nonsense  failing                  failing
///   500 502 503 504                        failing                  failing
///   any other answer                       healthy                  healthy
///   rate limited                           healthy                  silent
///   no buffer, not sent                    silent                   silent
/// </code>
/// If a fill's last attempt says nothing about the question, the attempts before it decide: after a body has crashed ISL, the second
/// attempt finds no process. A connection that ended because it was idle does not count once the call has been sent again and answered.
/// </summary>
internal static class CallVerdicts
{
    /// <summary>What one attempt says about its replica.</summary>
    public static CallVerdict OfAttempt(UpstreamAnswer answer) => answer switch
    {
        { Failure: UpstreamFailure.Unreachable } => CallVerdict.Failing,
        { Failure: UpstreamFailure.None, IsRateLimited: true } => CallVerdict.Healthy,
        _ => OfFill(answer),
    };

    /// <summary>What one attempt says about its question.</summary>
    public static CallVerdict OfFill(UpstreamAnswer answer) => answer switch
    {
        {
            Failure: UpstreamFailure.ConnectionEnded or UpstreamFailure.Unreadable or UpstreamFailure.Truncated or UpstreamFailure.Invalid
                or UpstreamFailure.TimedOut
        } => CallVerdict.Failing,
        { Failure: not UpstreamFailure.None } or { IsRateLimited: true } => CallVerdict.Silent,
        _ when UpstreamAnswer.IsFailure(answer.StatusCode) => CallVerdict.Failing,
        _ => CallVerdict.Healthy,
    };
}
