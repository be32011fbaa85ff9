namespace IslGateway.Caching.Epochs;

/// <summary>What is known of one ISL replica. All members may be used from any thread.</summary>
internal sealed class Replica(string id, Uri address, TimeProvider time)
{
    /// <summary>Epochs that polls have left, remembered at most: more builds than this do not stand behind one address.</summary>
    private const int MaxLeft = 16;

    private readonly Lock _gate = new();
    private readonly List<(Epoch Epoch, long At)> _left = new(1);
    private Epoch? _epoch;
    private Epoch? _polled;
    private long _evidenceAt;
    private long _pollBegunAt;
    private long? _alternatedAt;
    private (string? Fingerprint, string? Build, long At)? _named;

    private int _version;

    public string Id { get; } = id;

    public Uri Address { get; } = address;

    /// <summary>The name to ask for, with its port; null: the address's. DNS gives addresses, and certificates are for names.</summary>
    public string? Host { get; init; }

    /// <summary>Grows with everything that <see cref="Epoch"/> and <see cref="EvidenceAge"/> come from, time excepted.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>What was wrong with the last poll; null if it was good.</summary>
    public string? Trouble { get; set; }

    /// <summary>The last good poll.</summary>
    public HealthPoll? LastPoll { get; set; }

    /// <summary>
    /// The epoch that the last good poll reported and nothing has contradicted since; null when not known. It is one and the same object
    /// for as long as that holds: whoever kept it can tell whether the replica has changed meanwhile, even if it has changed back.
    /// </summary>
    public Epoch? Epoch
    {
        get { lock (_gate) return _epoch; }
    }

    /// <summary>
    /// What the last answer that named a fingerprint or a build says of an epoch for which there was evidence at a moment: that it is this
    /// replica's (true), or another is (false); null: nothing, or nothing since.
    /// </summary>
    public bool? SaidOf(Epoch epoch, long since)
    {
        lock (_gate) return _named is { } named && named.At > since ? Fits(epoch, named.Fingerprint, named.Build) : null;
    }

    /// <summary>What the last good poll reported, whatever answers have said since.</summary>
    public Epoch? Polled
    {
        get { lock (_gate) return _polled; }
    }

    /// <summary>
    /// Time since the youngest evidence for <see cref="Epoch"/>: a poll, or an answer that names its fingerprint or build.
    /// </summary>
    public TimeSpan EvidenceAge
    {
        get { lock (_gate) return _epoch is null ? TimeSpan.MaxValue : time.GetElapsedTime(_evidenceAt); }
    }

    /// <summary>
    /// Whether different processes seem to answer behind this address: its polls went back to an epoch that they had left not long
    /// before. A deployment that is quickly rolled back looks the same, and is treated the same until its time is over.
    /// </summary>
    public bool IsAlternating(TimeSpan within)
    {
        lock (_gate) return _alternatedAt is { } at && time.GetElapsedTime(at) < within;
    }

    /// <summary>Takes a poll's report.</summary>
    /// <param name="reported">What it said.</param>
    /// <param name="begunAt">When the poll was begun, as a timestamp of the time provider.</param>
    /// <param name="within">How long ago an epoch may have been left for its return to be alternation: <c>Isl:EpochMaxAge</c>.</param>
    /// <returns>Whether the epoch changed.</returns>
    public bool Report(Epoch reported, long begunAt, TimeSpan within)
    {
        lock (_gate)
        {
            // An answer since then was another process's: this one may have gone, and the next poll says.
            var isContradicted = _named is { } named && named.At > begunAt && !Fits(reported, named.Fingerprint, named.Build);
            var changed = !isContradicted && reported != _epoch;
            if (reported != _polled)
            {
                if (_left.Exists(left => left.Epoch == reported && time.GetElapsedTime(left.At) < within))
                    _alternatedAt = time.GetTimestamp();
                Leave(_polled);
                _polled = reported;
            }

            if (isContradicted) _epoch = null;
            else if (changed) _epoch = reported with { };
            _evidenceAt = time.GetTimestamp();
            _pollBegunAt = begunAt;
            Volatile.Write(ref _version, _version + 1);
            return changed;
        }
    }

    /// <summary>An answer of this replica named a fingerprint or build: evidence for the epoch, or against it.</summary>
    /// <returns>False if it contradicts the epoch, which is then not known until the next poll.</returns>
    public bool Witness(string? fingerprint, string? build)
    {
        lock (_gate)
        {
            var names = fingerprint is not null || build is not null;
            if (names) _named = (fingerprint, build, time.GetTimestamp());
            if (_epoch is null) return false;
            if (Fits(_epoch, fingerprint, build))
            {
                if (!names) return true;
                _evidenceAt = time.GetTimestamp();
                Volatile.Write(ref _version, _version + 1);
                return true;
            }

            _epoch = null;
            Volatile.Write(ref _version, _version + 1);
            return false;
        }
    }

    /// <summary>Whether the last good poll was begun after a moment, and what it said.</summary>
    public bool TryReportSince(long timestamp, out Epoch? epoch)
    {
        lock (_gate)
        {
            epoch = _epoch;
            return _epoch is not null && _pollBegunAt > timestamp;
        }
    }

    private static bool Fits(Epoch epoch, string? fingerprint, string? build) =>
        (fingerprint is null || fingerprint == epoch.Fingerprint) && (build is null || build == epoch.Build);

    private void Leave(Epoch? epoch)
    {
        if (epoch is null) return;
        _left.RemoveAll(left => left.Epoch == epoch);
        if (_left.Count == MaxLeft) _left.RemoveAt(0);
        _left.Add((epoch, time.GetTimestamp()));
    }
}
