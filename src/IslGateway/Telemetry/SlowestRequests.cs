namespace IslGateway.Telemetry;

/// <summary>
/// The slowest requests of one endpoint within a sliding time. The time is cut into slices, each of which keeps its own slowest: those of a
/// slice that is over give way all at once, so that what was slow an hour ago hides nothing that is slow now.
/// </summary>
internal sealed class SlowestRequests
{
    /// <summary>Slices of the time; one more is kept, since the oldest lies only partly within it.</summary>
    public const int Slices = 6;

    private const long AdmitsAll = -1;

    private readonly Lock _gate = new();
    private readonly Queue<PriorityQueue<SlowRequest, TimeSpan>> _past = new(Slices);
    private PriorityQueue<SlowRequest, TimeSpan> _current = new();
    private int _kept = 20;

    /// <summary>What a request must exceed to be among the slowest of this slice, in ticks.</summary>
    private long _bar = AdmitsAll;

    /// <summary>Whether a request that took this long is among the slowest now. Costs a comparison.</summary>
    public bool Admit(TimeSpan duration) => duration.Ticks > Volatile.Read(ref _bar);

    /// <summary>Keeps a request, unless others have raised the bar meanwhile.</summary>
    public void Keep(SlowRequest request)
    {
        lock (_gate)
        {
            _current.Enqueue(request, request.Duration);
            Trim();
        }
    }

    /// <summary>Begins the next slice; to be called <see cref="Slices"/> times within the time.</summary>
    public void Advance()
    {
        lock (_gate)
        {
            _past.Enqueue(_current);
            while (_past.Count > Slices) _past.Dequeue();
            _current = new PriorityQueue<SlowRequest, TimeSpan>();
            Trim();
        }
    }

    /// <summary>Sets how many are kept; of what is there already the slowest stay.</summary>
    public void Resize(int kept)
    {
        lock (_gate)
        {
            _kept = kept;
            Trim();
        }
    }

    /// <summary>Those that ended within a time, slowest first.</summary>
    /// <param name="within">The time.</param>
    /// <param name="time">The clock of their timestamps.</param>
    public IReadOnlyList<SlowRequest> Read(TimeSpan within, TimeProvider time)
    {
        lock (_gate)
        {
            return
            [
                .. _past.Append(_current).SelectMany(slice => slice.UnorderedItems).Select(item => item.Element)
                    .Where(request => time.GetElapsedTime(request.EndedAt) <= within)
                    .OrderByDescending(request => request.Duration).Take(_kept),
            ];
        }
    }

    private void Trim()
    {
        while (_current.Count > _kept) _current.Dequeue();
        Volatile.Write(ref _bar, _current.Count < _kept ? AdmitsAll : _current.Peek().Duration.Ticks);
    }
}
