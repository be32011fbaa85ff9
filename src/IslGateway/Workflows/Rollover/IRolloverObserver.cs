using IslGateway.Caching.Answers;
using IslGateway.Workflows.Kept;

namespace IslGateway.Workflows.Rollover;

/// <summary>Is told what became of each request that a rollover has seen to.</summary>
internal interface IRolloverObserver
{
    /// <summary>One has been seen to. Returns soon, and never throws; several may be told at once.</summary>
    /// <param name="request">The request, as it was kept before.</param>
    /// <param name="before">The answer of the epoch that it was last stored under; null: it is not stored any more.</param>
    /// <param name="after">The answer of ISL as it is now; null: there is none that is stored.</param>
    /// <param name="took">
    /// How long ISL took for the new answer; where there is none, how long it took to find that out, the wait for a turn included.
    /// </param>
    void Replayed(KeptRequest request, StoredAnswer? before, StoredAnswer? after, TimeSpan took);
}
