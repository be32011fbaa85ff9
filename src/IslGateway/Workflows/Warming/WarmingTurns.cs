using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Settings;
using IslGateway.Upstream;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// Waits until warming may call ISL. Callers come first: it takes a place upstream that is free and that nobody waits for, and leaves them
/// <c>Credentials:MinHeadroom</c> of the credential's rate limit. It waits, too, while ISL's configuration is not known, since nothing
/// would be stored.
/// </summary>
internal sealed class WarmingTurns(
    WarmingBudget budget, UpstreamLimiter limiter, RateLimits limits, PoolMetrics connections, ReplicaRegistry replicas,
    SettingsMonitor settings, TimeProvider time)
{
    /// <summary>Between two looks at whether it may.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether ISL computes nothing, and is sent nothing, but what the gateway asks before callers do.</summary>
    private bool IsIdle => budget.UnderWay is var own && limiter.Running <= own && connections.Report().Active <= own;

    /// <summary>The place for one call; to be disposed when that is over.</summary>
    /// <param name="credential">The credential that the call is made under.</param>
    /// <param name="call">The call's headers and credential, by which ISL counts it.</param>
    /// <param name="onlyWhileIdle">Whether ISL must have nothing else to do.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IDisposable> TakeAsync(
        WarmingCredential credential, UpstreamCall call, bool onlyWhileIdle, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(credential, call, onlyWhileIdle) is { } place) return place;
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    /// <summary>The place, if the call may be made now.</summary>
    public IDisposable? TryTake(WarmingCredential credential, UpstreamCall call, bool onlyWhileIdle)
    {
        // The time that ISL itself has named counts more than what its last answer said is left.
        var isPaused = credential.Paused(time, out var hasPaused) > TimeSpan.Zero;
        var current = settings.Current;
        if (isPaused || (!hasPaused && !limits.HasHeadroom(call, current.Credentials.MinHeadroom))) return null;
        if (replicas.LookupDigests(current).Count == 0) return null;
        if (onlyWhileIdle && !IsIdle) return null;
        if (limiter.TryEnter() is not { } place) return null;
        if (budget.TryBegin(place) is { } begun)
        {
            credential.Resume();
            return begun;
        }

        place.Dispose();
        return null;
    }
}
