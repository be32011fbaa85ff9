using IslGateway.Outcomes;

namespace IslGateway.Upstream;

/// <summary>Which error stands for a call that brought no whole answer.</summary>
internal static class UpstreamProblems
{
    /// <param name="failure">Why.</param>
    /// <param name="retryAfter">When ISL may be asked again, of a call that was not sent.</param>
    public static Problem Of(UpstreamFailure failure, TimeSpan retryAfter = default) => failure switch
    {
        UpstreamFailure.CircuitOpen => Problems.CircuitOpen(retryAfter),
        UpstreamFailure.CoolingDown => Problems.CoolingDown(retryAfter),
        UpstreamFailure.NoReplica => Problems.NoReplica(),
        UpstreamFailure.Truncated => Problems.Truncated(),
        UpstreamFailure.Invalid => Problems.InvalidAnswer(),
        UpstreamFailure.LoopDetected => Problems.LoopDetected(),
        UpstreamFailure.TimedOut => Problems.UpstreamTimeout(),
        UpstreamFailure.OverBudget => Problems.BuffersFull(),
        _ => Problems.Unreachable(),
    };
}
