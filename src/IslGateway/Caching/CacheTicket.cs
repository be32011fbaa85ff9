using IslGateway.Caching.Answers;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Samples;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>What the cache knows of a request from the moment at which its key is made.</summary>
internal sealed class CacheTicket
{
    public required EndpointRow Row { get; init; }

    public required Credential Credential { get; init; }

    public required CallerDirectives Directives { get; init; }

    /// <summary>The caller's whole wait, counted from when the request's head was read.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>
    /// When it began to wait for ISL, over all fills that it has waited for; a timestamp of the time provider. Null if it has not waited.
    /// </summary>
    public long? WaitsSince { get; set; }

    public required RequestKeys Keys { get; init; }

    /// <summary>
    /// The questions with more samples whose answers will do as well, found when they are asked for; null where there are none.
    /// </summary>
    public Func<IReadOnlyList<RicherQuestion>>? Richer { get; init; }

    /// <summary>Digest of the plain body exactly as this caller sent it.</summary>
    public required Digest Spelling { get; init; }

    /// <summary>The purge tokens that are part of the keys.</summary>
    public required PurgeTokens PurgeTokens { get; init; }

    /// <summary>
    /// Digests of the epochs to look under, the most recently confirmed first. While no epoch is known for certain these are the last known
    /// ones, and an answer found under them can only stand in for ISL.
    /// </summary>
    public required IReadOnlyList<Digest> Epochs { get; init; }

    /// <summary>For how long the evidence for the epochs has been too old; null while it is young enough.</summary>
    public TimeSpan? EpochLapsed { get; init; }

    /// <summary>Whether ISL's epoch is known. If not, callers still share calls to ISL, but no answer is stored.</summary>
    public bool IsEpochKnown => EpochLapsed is null && Epochs.Count > 0;

    /// <summary>
    /// Requests with the same fill key share one call to ISL. <c>no-store</c> requests have keys of their own: otherwise one of them, as
    /// the leader, would keep out of the cache what the others want stored.
    /// </summary>
    public Digest FillKey => Keys.Under(!IsEpochKnown ? default : Directives.NoStore ? Apart(Epochs[0]) : Epochs[0]);

    /// <summary>Asks whether the belief version in the key is still the latest.</summary>
    public required Func<ValueTask<bool>> IsCurrent { get; init; }

    private static Digest Apart(Digest epoch)
    {
        Span<byte> marked = stackalloc byte[Digest.Size + 1];
        epoch.CopyTo(marked);
        marked[^1] = 1;
        return Digest.Of(marked);
    }
}
