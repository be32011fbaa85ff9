using System.Diagnostics;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Everything that a fill needs of the caller who started it; nothing in it is the caller's to take back.</summary>
internal sealed record FillRequest : IDisposable
{
    public required EndpointRow Row { get; init; }

    public required UpstreamCall Call { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The settings that the request went by: the answer is kept by the same.</summary>
    public required GatewaySettings Settings { get; init; }

    public required Credential Credential { get; init; }

    /// <summary>Composes the key under an epoch: which one the answer belongs to is known only when it is there.</summary>
    public required Func<Digest, Digest> KeyUnder { get; init; }

    /// <summary>Whether the beliefs that the key names are still the latest; always true but for sessions.</summary>
    public required Func<ValueTask<bool>> IsCurrent { get; init; }

    /// <summary>Whether a copy that another fill has just stored will do.</summary>
    public required bool AcceptsStored { get; init; }

    /// <summary>Why the answer must not be stored, whatever it is; <c>None</c>: it may be.</summary>
    public required Reason NotToStore { get; init; }

    /// <summary>The bytes of all buffers, of which the call's body takes its part until the fill has ended.</summary>
    public required BufferBudget Budget { get; init; }

    /// <summary>A place upstream that was free and is taken already; null: the fill waits for one.</summary>
    public IDisposable? Place { get; set; }

    /// <summary>When it was begun, if nobody waits for it: a refresh in the background. A timestamp of the time provider.</summary>
    public long? BackgroundSince { get; init; }

    /// <summary>How much longer the caller waits: a place that is free later is of no use to it. Infinite where nobody waits.</summary>
    public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The caller's span: the parent, by its ids, of the fill's.</summary>
    public Activity? Parent { get; init; }

    /// <summary>Gives back what the body took of the budget, and a place that was not made use of.</summary>
    public void Dispose()
    {
        Place?.Dispose();
        Budget.Release(Call.Body.Length);
    }
}
