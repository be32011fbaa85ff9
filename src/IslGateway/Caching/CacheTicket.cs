using IslGateway.Caching.Answers;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Upstream;

namespace IslGateway.Caching;

/// <summary>What the cache knows of a request once it is keyed.</summary>
internal sealed class CacheTicket
{
    public required EndpointRow Row { get; init; }

    public required Credential Credential { get; init; }

    public required CallerDirectives Directives { get; init; }

    /// <summary>The caller's whole wait, from the request's head on.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>
    /// Since when it has waited for ISL, whatever fills it came to wait for; a timestamp of the time provider. Null: it has not.
    /// </summary>
    public long? WaitsSince { get; set; }

    public required RequestKeys Keys { get; init; }

    /// <summary>Digest of the plain body as this caller spelt it.</summary>
    public required Digest Spelling { get; init; }

    /// <summary>The purge generations that are in the keys.</summary>
    public required PurgeTokens PurgeTokens { get; init; }

    /// <summary>
    /// Digests of the epochs to look under, the most recently evidenced first. While there is no evidence young enough, they are the last
    /// that were known, and what is found under them can do no more than stand in for ISL.
    /// </summary>
    public required IReadOnlyList<Digest> Epochs { get; init; }

    /// <summary>Since when the evidence for them is too old; null while it is not.</summary>
    public TimeSpan? EpochLapsed { get; init; }

    /// <summary>Whether ISL's epoch is known. If not, callers still share their calls, and nothing is stored.</summary>
    public bool IsEpochKnown => EpochLapsed is null && Epochs.Count > 0;

    /// <summary>
    /// What callers share a fill by. Those who want nothing stored share with each other only: else one of them could keep what the rest
    /// asked for out of the cache.
    /// </summary>
    public Digest FillKey => Keys.Under(!IsEpochKnown ? default : Directives.NoStore ? Apart(Epochs[0]) : Epochs[0]);

    /// <summary>Whether the beliefs that the key names are still the latest.</summary>
    public required Func<ValueTask<bool>> IsCurrent { get; init; }

    private static Digest Apart(Digest epoch)
    {
        Span<byte> marked = stackalloc byte[Digest.Size + 1];
        epoch.CopyTo(marked);
        marked[^1] = 1;
        return Digest.Of(marked);
    }
}
