using System.Diagnostics;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>What a fill needs of the request that started it, copied, so that the fill can outlive the request.</summary>
internal sealed record FillRequest : IDisposable
{
    public required EndpointRow Row { get; init; }

    public required UpstreamCall Call { get; init; }

    /// <summary>The key that it is for, under the epoch that is known when it begins.</summary>
    public Digest Key { get; init; }

    /// <summary>Digest of the call's body.</summary>
    public Digest Spelling { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The purge tokens that are part of the key.</summary>
    public PurgeTokens PurgeTokens { get; init; }

    /// <summary>The settings of the request; the answer is stored by the same ones.</summary>
    public required GatewaySettings Settings { get; init; }

    public required Credential Credential { get; init; }

    /// <summary>Makes the key for an epoch: under which epoch the answer belongs is known only when it has arrived.</summary>
    public required Func<Digest, Digest> KeyUnder { get; init; }

    /// <summary>Whether the belief version in the key is still the latest; always true except for sessions.</summary>
    public required Func<ValueTask<bool>> IsCurrent { get; init; }

    /// <summary>Whether an answer that another fill has just stored will do.</summary>
    public required bool AcceptsStored { get; init; }

    /// <summary>Why the answer must not be stored in any case; <c>None</c> if it may be.</summary>
    public required Reason NotToStore { get; init; }

    /// <summary>The buffer budget that counts the call's body until the fill has ended.</summary>
    public required BufferBudget Budget { get; init; }

    /// <summary>Whether its caller has waited for Redis in vain, for as long as one may: then it asks for no lease.</summary>
    public bool IsRedisSpent { get; init; }

    /// <summary>A place upstream that has been taken already; null: the fill waits for one.</summary>
    public IDisposable? Place { get; set; }

    /// <summary>When it began, if it is a background refresh that nobody waits for; a timestamp of the time provider.</summary>
    public long? BackgroundSince { get; init; }

    /// <summary>How much longer the caller waits, so how long a place in the queue is of use. Infinite where nobody waits.</summary>
    public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The caller's span, which becomes the parent of the fill's span by its ids.</summary>
    public Activity? Parent { get; init; }

    /// <summary>Gives back the body's part of the buffer budget, and a place that was not used.</summary>
    public void Dispose()
    {
        Place?.Dispose();
        Budget.Release(Call.Body.Length);
    }
}
