namespace IslSimulator.Journey;

/// <summary>A sliding minute per key. Refused calls do not count.</summary>
internal sealed class RateWindow(TimeProvider time)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);
    private const int MaxKeys = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _calls = new(StringComparer.Ordinal);

    /// <summary>Calls left after this one; or -1, with the seconds to wait.</summary>
    public (int Remaining, int RetryAfterSeconds) Take(string key, int limit)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_calls.Count >= MaxKeys) _calls.Clear();
            if (!_calls.TryGetValue(key, out var calls)) _calls[key] = calls = new Queue<DateTimeOffset>();
            while (calls.TryPeek(out var oldest) && now - oldest >= Length) calls.Dequeue();
            if (calls.Count >= limit) return (-1, Math.Max(1, (int)Math.Ceiling((calls.Peek() + Length - now).TotalSeconds)));
            calls.Enqueue(now);
            return (limit - calls.Count, 0);
        }
    }

    public void Clear()
    {
        lock (_gate) _calls.Clear();
    }
}
