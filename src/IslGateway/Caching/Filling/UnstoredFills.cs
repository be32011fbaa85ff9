using System.Runtime.InteropServices;
using BitFaster.Caching.Lru;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Outcomes;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Remembers of the keys whose latest fill was not stored why it was not: callers do not share an oversize answer, and who asks why a
/// request was a miss is told. Bounded; what is forgotten costs nobody a right answer.
/// </summary>
internal sealed class UnstoredFills(TimeProvider time)
{
    /// <summary>The most keys remembered for either purpose: about 150 bytes each.</summary>
    private const int Capacity = 4_096;

    /// <summary>How long callers do not share a key whose answer was oversize.</summary>
    private static readonly TimeSpan OversizeHolds = TimeSpan.FromSeconds(60);

    private readonly ConcurrentLru<Digest, long> _oversize = new(Capacity);
    private readonly ConcurrentLru<Digest, Outcome> _latest = new(Capacity);

    /// <summary>Whether the answer under a key was oversize a short time ago.</summary>
    public bool IsOversize(Digest key) => _oversize.TryGet(key, out var at) && time.GetElapsedTime(at) < OversizeHolds;

    public void AddOversize(Digest key) => _oversize.AddOrUpdate(key, time.GetTimestamp());

    /// <summary>Takes in how a fill ended.</summary>
    public void Take(Digest key, FillResult result)
    {
        if (result.NotStored == Reason.None) _latest.TryRemove(key);
        else if (result.WasSent) _latest.AddOrUpdate(key, new Outcome(result.NotStored, result.ForwardStatus, time.GetTimestamp()));
    }

    /// <summary>
    /// Why the latest fill of a key was not stored, with ISL's status where it was not 200, and how long ago that was; null if it was
    /// stored, is forgotten, or there was none.
    /// </summary>
    public (Reason Reason, int? Status, TimeSpan Age)? Find(Digest key) =>
        _latest.TryGet(key, out var latest) ? (latest.Reason, latest.Status, time.GetElapsedTime(latest.At)) : null;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Outcome(Reason Reason, int? Status, long At);
}
