using IslGateway.Journey;

namespace IslGateway.Caching.Filling;

/// <summary>Which error stands for a call that brought no whole answer.</summary>
internal static class UpstreamProblems
{
    public static Problem Of(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.NoReplica => Problems.NoReplica(),
        UpstreamFailure.Truncated => Problems.Truncated(),
        UpstreamFailure.TimedOut => Problems.UpstreamTimeout(),
        UpstreamFailure.OverBudget => Problems.BuffersFull(),
        _ => Problems.Unreachable(),
    };
}
