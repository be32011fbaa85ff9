using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Filling;

/// <summary>Where gateways keep their leases. Trouble is a value; nothing here throws but for its token.</summary>
internal interface ILeases
{
    /// <summary>Whether there is a place that gateways share.</summary>
    bool AreShared { get; }

    /// <summary>Takes a lease if it is free, and looks for the answer after that.</summary>
    /// <param name="claim">Whose it will be.</param>
    /// <param name="digests">Names under which the answer may be, the best first.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="cancellationToken">Ends the wait; the lease may be taken all the same.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<RedisReply<LeaseLook>> TakeAsync(
        LeaseClaim claim, IReadOnlyList<Digest> digests, TimeSpan budget, CancellationToken cancellationToken);

    /// <summary>Prolongs a lease.</summary>
    /// <returns>False once it is another's, or gone.</returns>
    ValueTask<bool> RenewAsync(LeaseClaim claim);

    /// <summary>Ends a lease that is still this holder's, and tells the gateways that wait. Nobody waits for it.</summary>
    void End(LeaseClaim claim, LeaseEnd end);
}
