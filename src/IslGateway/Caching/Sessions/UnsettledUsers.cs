using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Sessions;

/// <summary>Users with an update that ISL left unanswered and may yet apply, until when. Bounded: past it everyone is unsettled. Thread-safe.</summary>
internal sealed class UnsettledUsers(int capacity, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, DateTimeOffset> _until = [];

    /// <summary>Adds a user, or prolongs.</summary>
    public void Add(Digest user, TimeSpan life)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_until.Count >= capacity) Tidy(now);
            var name = _until.Count >= capacity ? BeliefVersions.Everyone : user;
            if (!_until.TryGetValue(name, out var until) || until < now + life) _until[name] = now + life;
        }
    }

    public bool Contains(Digest user)
    {
        lock (_gate)
        {
            if (!_until.TryGetValue(user, out var until)) return false;
            if (time.GetUtcNow() < until) return true;
            _until.Remove(user);
            return false;
        }
    }

    private void Tidy(DateTimeOffset now)
    {
        foreach (var (user, until) in _until)
        {
            if (until <= now) _until.Remove(user);
        }
    }
}
