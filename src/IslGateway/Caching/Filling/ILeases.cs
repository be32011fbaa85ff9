using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;

namespace IslGateway.Caching.Filling;

/// <summary>Where gateways keep their leases. Trouble is a value; nothing here throws but for its token.</summary>
internal interface ILeases
{
    /// <summary>Whether there is a place that gateways share.</summary>
    bool AreShared { get; }

    /// <summary>Takes the lease of a key if it is free, and looks for the answer after that.</summary>
    /// <param name="row">The row.</param>
    /// <param name="key">The key.</param>
    /// <param name="digests">Names under which the answer may be, the best first.</param>
    /// <param name="token">Tells this holder from others.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="cancellationToken">Ends the wait; the lease may be taken all the same.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<RedisReply<LeaseLook>> TakeAsync(
        EndpointRow row, Digest key, IReadOnlyList<Digest> digests, Digest token, TimeSpan budget, CancellationToken cancellationToken);

    /// <summary>Prolongs a lease.</summary>
    /// <returns>False once it is another's, or gone.</returns>
    ValueTask<bool> RenewAsync(Digest key, Digest token);

    /// <summary>Ends a lease that is still this holder's, and tells the gateways that wait. Nobody waits for it.</summary>
    void End(Digest key, Digest token, LeaseEnd end);
}
