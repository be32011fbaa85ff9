using IslGateway.Outcomes;

namespace IslGateway.Upstream;

/// <summary>Which error answers a call that brought no complete answer.</summary>
internal static class UpstreamProblems
{
    /// <param name="failure">Why there is none.</param>
    /// <param name="retryAfter">For a call that was not sent: how long to wait before asking ISL again.</param>
    public static Problem Of(UpstreamFailure failure, TimeSpan retryAfter = default) => failure switch
    {
        UpstreamFailure.CircuitOpen => Problems.CircuitOpen(retryAfter),
        UpstreamFailure.CoolingDown => Problems.CoolingDown(retryAfter),
        UpstreamFailure.NoReplica => Problems.NoReplica(),
        UpstreamFailure.Unreadable => Problems.UnreadableAnswer(),
        UpstreamFailure.Truncated => Problems.Truncated(),
        UpstreamFailure.Invalid => Problems.InvalidAnswer(),
        UpstreamFailure.LoopDetected => Problems.LoopDetected(),
        UpstreamFailure.TimedOut => Problems.UpstreamTimeout(),
        UpstreamFailure.OverBudget => Problems.BuffersFull(),
        _ => Problems.Unreachable(),
    };
}
