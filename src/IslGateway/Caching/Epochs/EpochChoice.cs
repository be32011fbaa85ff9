using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>Chooses the epochs to look a row's answers up under.</summary>
internal sealed class EpochChoice(ReplicaRegistry replicas, LastEpochs last, Quarantine quarantine, RowLifetimes lifetimes)
{
    /// <summary>
    /// The epochs that ISL reports now. If none is certain, the last known ones, with how long the evidence for them has been too old;
    /// answers found under those can only stand in for ISL, so a row without a <c>StaleTtl</c> gets none.
    /// </summary>
    public (IReadOnlyList<Digest> Epochs, TimeSpan? Lapsed) For(EndpointRow row, GatewaySettings settings)
    {
        var epochs = replicas.LookupDigests(settings);
        if (epochs.Count > 0 || lifetimes.Of(row).StaleTtl <= TimeSpan.Zero) return (epochs, null);
        var (known, lapsed) = last.Find(settings);
        return ([.. known.Where(epoch => !quarantine.Holds(row, epoch))], lapsed);
    }

    /// <summary>The epochs that can be named here, with their digests: what replicas report, then what they have left.</summary>
    public IReadOnlyList<(Epoch Epoch, Digest Digest)> Named(GatewaySettings settings)
    {
        var present = replicas.Replicas;
        return
        [
            .. present.Select(replica => replica.Epoch).Concat(present.Select(replica => replica.Polled)).OfType<Epoch>()
                .Concat(last.Adopted).Concat(present.SelectMany(replica => replica.Earlier))
                .Distinct()
                .Select(epoch => (epoch, epoch.DigestWith(settings.Cache.Generation))),
        ];
    }
}
