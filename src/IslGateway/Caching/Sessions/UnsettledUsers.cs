using IslGateway.Content;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Users with an update that ISL left unanswered and may yet apply, and for how long. Bounded: past it everyone is unsettled. Thread-safe.
/// </summary>
internal sealed class UnsettledUsers(int capacity, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, (long Since, TimeSpan Life)> _marks = [];

    /// <summary>Adds a user, or prolongs.</summary>
    public void Add(Digest user, TimeSpan life)
    {
        lock (_gate)
        {
            if (_marks.Count >= capacity) Tidy();
            var name = _marks.Count >= capacity ? SessionVersions.Everyone : user;
            if (!_marks.TryGetValue(name, out var mark) || Left(mark) < life) _marks[name] = (time.GetTimestamp(), life);
        }
    }

    public bool Contains(Digest user)
    {
        lock (_gate)
        {
            if (!_marks.TryGetValue(user, out var mark)) return false;
            if (Left(mark) > TimeSpan.Zero) return true;
            _marks.Remove(user);
            return false;
        }
    }

    /// <summary>By the time that has passed: a clock that is set changes nothing.</summary>
    private TimeSpan Left((long Since, TimeSpan Life) mark) => mark.Life - time.GetElapsedTime(mark.Since);

    private void Tidy()
    {
        foreach (var (user, mark) in _marks)
        {
            if (Left(mark) <= TimeSpan.Zero) _marks.Remove(user);
        }
    }
}
