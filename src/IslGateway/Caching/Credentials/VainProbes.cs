using BitFaster.Caching.Lru;
using IslGateway.Content;

namespace IslGateway.Caching.Credentials;

/// <summary>The credentials about which ISL could lately not tell, and how long it is not asked about each again.</summary>
internal sealed class VainProbes(TimeProvider time)
{
    /// <summary>
    /// After ISL could not tell, the pause before it is asked again about the same credential. Short, because ISL may want to refuse the
    /// credential; doubled each time, up to <see cref="LongestPause"/>.
    /// </summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The longest pause, and the pause once the credential's rate limit is used up: ISL counts the calls that it blocks, so asking again
    /// would keep the caller blocked.
    /// </summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For this long after such a pause, callers whose older proof still holds do not wait for a probe. Later callers do: ISL may have
    /// recovered, and may refuse them.
    /// </summary>
    private static readonly TimeSpan DoubtLasts = TimeSpan.FromSeconds(10);

    private readonly ConcurrentLru<Digest, (long At, TimeSpan Pause)> _vain = new(4_096);

    /// <summary>Whether ISL is not to be asked yet.</summary>
    public bool Pause(Digest credential) => _vain.TryGet(credential, out var vain) && time.GetElapsedTime(vain.At) < vain.Pause;

    /// <summary>Whether ISL could not tell a short time ago.</summary>
    public bool AreRecent(Digest credential) =>
        _vain.TryGet(credential, out var vain) && time.GetElapsedTime(vain.At) < vain.Pause + DoubtLasts;

    /// <summary>ISL could not tell.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="isLimited">Whether because its rate limit is used up.</param>
    public void Add(Digest credential, bool isLimited)
    {
        var pause = isLimited ? LongestPause : FirstPause;
        if (AreRecent(credential) && _vain.TryGet(credential, out var before) && 2 * before.Pause > pause) pause = 2 * before.Pause;
        _vain.AddOrUpdate(credential, (time.GetTimestamp(), pause < LongestPause ? pause : LongestPause));
    }

    /// <summary>ISL could tell.</summary>
    public void Forget(Digest credential) => _vain.TryRemove(credential);
}
