using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>Which epochs a row's answers are looked up under, now.</summary>
internal sealed class EpochChoice(ReplicaRegistry replicas, LastEpochs last, Quarantine quarantine, RowLifetimes lifetimes)
{
    /// <summary>
    /// ISL's epochs or, while they are not known, the last that were and for how long they have not been: what is found under those can
    /// only stand in for ISL, which for a row without a <c>StaleTtl</c> it never does.
    /// </summary>
    public (IReadOnlyList<Digest> Epochs, TimeSpan? Lapsed) For(EndpointRow row, GatewaySettings settings)
    {
        var epochs = replicas.LookupDigests(settings);
        if (epochs.Count > 0 || lifetimes.Of(row).StaleTtl <= TimeSpan.Zero) return (epochs, null);
        var (known, lapsed) = last.Find(settings);
        return ([.. known.Where(epoch => !quarantine.Holds(row, epoch))], lapsed);
    }
}
