using IslGateway.Content;
using IslGateway.Settings;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// Decides when failures are the replica's and not a single question's: different questions must fail, and they must be a large enough
/// share of all calls. A question that fails repeatedly counts as one failure, also in the share. Not thread-safe.
/// </summary>
internal sealed class FailureWindow
{
    /// <summary>The most outcomes remembered, far more than ISL can produce within a window.</summary>
    private const int MaxRemembered = 65_536;

    private readonly Queue<(long At, Digest Key)> _failures = new();
    private readonly Dictionary<Digest, long> _failingSince = [];
    private readonly Queue<long> _successes = new();

    /// <summary>How many different questions failed, as of the last call.</summary>
    public int FailingKeys => _failingSince.Count;

    /// <summary>Takes in how a call ended.</summary>
    /// <param name="key">The question.</param>
    /// <param name="isFailure">Whether it failed.</param>
    /// <param name="now">The time in ticks of 100 ns, always from the same start.</param>
    /// <param name="options">The limits in force.</param>
    /// <returns>Whether the failures now are too many.</returns>
    public bool Add(Digest key, bool isFailure, long now, CircuitOptions options)
    {
        Prune(now - options.SamplingDuration.Ticks);
        if (!isFailure)
        {
            _successes.Enqueue(now);
            return false;
        }

        _failures.Enqueue((now, key));
        _failingSince[key] = now;
        var keys = _failingSince.Count;
        return keys >= options.MinimumFailures && keys >= options.FailureRatio * (keys + _successes.Count);
    }

    /// <summary>Forgets outcomes older than a moment.</summary>
    public void Prune(long oldest)
    {
        while (_successes.TryPeek(out var success) && (success < oldest || _successes.Count >= MaxRemembered)) _successes.Dequeue();
        while (_failures.TryPeek(out var failure) && (failure.At < oldest || _failures.Count >= MaxRemembered))
        {
            _failures.Dequeue();
            if (_failingSince.TryGetValue(failure.Key, out var latest) && latest == failure.At) _failingSince.Remove(failure.Key);
        }
    }

    public void Clear()
    {
        _failures.Clear();
        _failingSince.Clear();
        _successes.Clear();
    }
}
