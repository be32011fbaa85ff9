namespace IslGateway.Caching.Epochs;

/// <summary>What is known of one ISL replica. All members may be used from any thread.</summary>
internal sealed class Replica(string id, Uri address, TimeProvider time)
{
    /// <summary>The most earlier epochs remembered; one address does not have more builds than this behind it.</summary>
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

    /// <summary>
    /// The host name and port to ask for where the address came from DNS, since certificates are for names; null: the address itself.
    /// </summary>
    public string? Host { get; init; }

    /// <summary>
    /// Increases whenever something changes that <see cref="Epoch"/> or <see cref="EvidenceAge"/> depends on, except time.
    /// </summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>What was wrong with the last poll; null if it was good.</summary>
    public string? Trouble { get; set; }

    /// <summary>The last good poll.</summary>
    public HealthPoll? LastPoll { get; set; }

    /// <summary>
    /// The epoch that the last good poll reported, if no answer has contradicted it since; else null. The same object for as long as that
    /// holds, so a caller who kept it can see that the replica has changed meanwhile, even if it has changed back.
    /// </summary>
    public Epoch? Epoch
    {
        get { lock (_gate) return _epoch; }
    }

    /// <summary>
    /// What the last answer that named a fingerprint or build says about an epoch: true if the names fit it, false if they do not; null if
    /// there was no such answer after <paramref name="since"/>.
    /// </summary>
    public bool? SaidOf(Epoch epoch, long since)
    {
        lock (_gate) return _named is { } named && named.At > since ? Fits(epoch, named.Fingerprint, named.Build) : null;
    }

    /// <summary>What the last good poll reported, even if answers have contradicted it since.</summary>
    public Epoch? Polled
    {
        get { lock (_gate) return _polled; }
    }

    /// <summary>The epochs that earlier polls reported, the latest first.</summary>
    public IReadOnlyList<Epoch> Earlier
    {
        get { lock (_gate) return [.. _left.Select(left => left.Epoch).Reverse()]; }
    }

    /// <summary>Time since <see cref="Epoch"/> was last confirmed, by a poll or by an answer that names its fingerprint or build.</summary>
    public TimeSpan EvidenceAge
    {
        get { lock (_gate) return _epoch is null ? TimeSpan.MaxValue : time.GetElapsedTime(_evidenceAt); }
    }

    /// <summary>
    /// Whether different processes seem to answer at this address: a poll reported an epoch that earlier polls had left a short time
    /// before. A deployment that is quickly rolled back looks the same, and is treated the same for that time.
    /// </summary>
    public bool IsAlternating(TimeSpan within)
    {
        lock (_gate) return _alternatedAt is { } at && time.GetElapsedTime(at) < within;
    }

    /// <summary>Takes a poll's report.</summary>
    /// <param name="reported">The epoch in the report.</param>
    /// <param name="begunAt">When the poll was begun, as a timestamp of the time provider.</param>
    /// <param name="within">An epoch that returns within this time after it was left counts as alternation: <c>Isl:EpochMaxAge</c>.</param>
    /// <returns>Whether the epoch changed.</returns>
    public bool Report(Epoch reported, long begunAt, TimeSpan within)
    {
        lock (_gate)
        {
            // An answer that came after the poll began names another epoch. Which of the two processes is still there, the next poll tells.
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
    /// <returns>False if it contradicts the epoch, which then is unknown until the next poll.</returns>
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

    /// <summary>Whether the last good poll began after a moment, and what it reported.</summary>
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
