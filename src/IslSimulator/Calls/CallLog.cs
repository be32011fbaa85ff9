namespace IslSimulator.Calls;

/// <summary>Counts calls by path and keeps the latest ones. Both are bounded.</summary>
internal sealed class CallLog
{
    private const int Kept = 200;
    private const int MaxPaths = 1000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Queue<CallRecord> _last = new();
    private long _total;
    private int _underWay;
    private int _concurrentMax;

    public long Total => Interlocked.Read(ref _total);

    public int ConcurrentMax => Volatile.Read(ref _concurrentMax);

    public int UnderWay => Volatile.Read(ref _underWay);

    public void Arrived(string path)
    {
        lock (_gate)
        {
            if (!_counts.ContainsKey(path) && _counts.Count >= MaxPaths) path = "other";
            _counts[path] = _counts.GetValueOrDefault(path) + 1;
            if (path == "/health") return;
            _total++;
            _concurrentMax = Math.Max(_concurrentMax, ++_underWay);
        }
    }

    public void Left(string path)
    {
        if (path == "/health") return;
        lock (_gate) _underWay--;
    }

    public void Add(CallRecord call)
    {
        lock (_gate)
        {
            if (_last.Count == Kept) _last.Dequeue();
            _last.Enqueue(call);
        }
    }

    public long Count(string path)
    {
        lock (_gate) return _counts.GetValueOrDefault(path);
    }

    public Dictionary<string, long> Counts()
    {
        lock (_gate) return new Dictionary<string, long>(_counts, StringComparer.Ordinal);
    }

    public IReadOnlyList<CallRecord> Last(string? path)
    {
        lock (_gate) return [.. path is null ? _last : _last.Where(call => call.Path == path)];
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
            _last.Clear();
            _total = 0;
            _concurrentMax = _underWay;
        }
    }
}
