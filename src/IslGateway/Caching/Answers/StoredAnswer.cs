using System.Numerics;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Answers;

/// <summary>
/// An answer as it is stored: the headers that belong to it rather than to one exchange, and the body with a gap wherever ISL echoed the
/// request id, to be filled with each caller's own id. Shared by all its readers; only their count changes.
/// </summary>
internal sealed class StoredAnswer
{
    /// <summary>
    /// Bytes that an entry takes besides body and headers: this object (about 170), its node (110), its places in the orders of worth and
    /// age (40) and in the table (100), as the heap shows them.
    /// </summary>
    private const int Frame = 424;

    private readonly KeptHeaders _headers = null!;
    private AnswerForms _forms;
    private int _readers;
    private int _hits;

    /// <summary>HTTP status; always 200 in a store.</summary>
    public required int StatusCode { get; init; }

    /// <summary>Name and value of each kept header.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers
    {
        get => _headers;
        init => _headers = KeptHeaders.Of(value);
    }

    /// <summary>The lines that the kept headers become.</summary>
    public KeptHeaders Kept => _headers;

    /// <summary>
    /// The body without the echoed ids. Where it is held packed alone, it is unpacked at each reading: for callers there is
    /// <see cref="Plain"/>.
    /// </summary>
    public required ReadOnlyMemory<byte> Body
    {
        get => _forms.Peek();
        init => _forms = new AnswerForms(value);
    }

    /// <summary>Bytes of <see cref="Body"/>.</summary>
    public int BodyLength => _forms.Length;

    /// <summary>Offsets into <see cref="Body"/>, ascending, at each of which the caller's id belongs.</summary>
    public required IReadOnlyList<int> IdGaps { get; init; }

    /// <summary>Whether its body must reach callers uncompressed (<c>no-transform</c>).</summary>
    public bool IsNotToBePacked { get; init; }

    /// <summary>
    /// When the answer was complete, as a timestamp of this process's time provider, so that setting the machine's clock changes nothing.
    /// It means nothing to other processes; Redis tells them how much of <see cref="KeepFor"/> is left.
    /// </summary>
    public long CompletedAt { get; init; }

    /// <summary>How old the answer was at <see cref="CompletedAt"/>, by its own headers.</summary>
    public TimeSpan AgeThen { get; init; }

    /// <summary>How long it lives from <see cref="CompletedAt"/>, as it was stored; the row may give less by now.</summary>
    public Lifetime Lifetime { get; init; }

    /// <summary>How long a store keeps it from <see cref="CompletedAt"/>.</summary>
    public TimeSpan KeepFor => Lifetime.Whole;

    /// <summary>How long ISL took to compute it.</summary>
    public TimeSpan UpstreamDuration { get; init; }

    /// <summary>
    /// Digest of the plain request body that the answer was computed from. The sentinel prefers to check callers who spell their body
    /// otherwise.
    /// </summary>
    public Digest FilledBy { get; init; }

    /// <summary>Bytes that it counts for and does not hold: who replays what was stored once has no bodies.</summary>
    public long Unheld { get; init; }

    /// <summary>
    /// The size that it counts for in a store's budget: the forms of its body that are held, headers and what surrounds them.
    /// </summary>
    public long Size => _forms.Size + HeapSize.OfArray(sizeof(int) * (long)IdGaps.Count) + _headers.Size + Frame + Unheld;

    /// <summary>Length of the body with the given id in its gaps.</summary>
    public long LengthFor(string requestId) => BodyLength + ((long)IdGaps.Count * requestId.Length);

    /// <summary>Whoever keeps it, and has to count what it comes to hold.</summary>
    public IAnswerKeeper? Keeper { get; set; }

    /// <summary>Counts its hits, where the request that it answers is kept; null: it counts them itself.</summary>
    public IHitCount? HitCount { get; set; }

    /// <summary>Hits that it has counted itself.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Counts a hit.</summary>
    /// <returns>
    /// Whether somebody may want to keep the request: where nobody counts elsewhere, at the first hit and at each doubling, so that the
    /// question, which costs more than a count, is rarely put.
    /// </returns>
    public bool CountHit() => HitCount?.TryAdd() != true && BitOperations.IsPow2(Interlocked.Increment(ref _hits));

    /// <summary>The body without the ids for a caller who wants it as it is; nobody changes it.</summary>
    public byte[] Plain() => _forms.PlainAlone ?? AskPlain();

    /// <summary>
    /// The answer in gzip for a caller who accepts it. Null: there is no room to make it, or it is no smaller than the plain body.
    /// </summary>
    public PackedAnswer? Pack(BufferBudget room)
    {
        if (_forms.AskPacked() is { } packed)
        {
            if (_forms.IsOneTooMany && LetOneGo()) Keeper?.Changed();
            return packed;
        }

        if (_forms.Pack(IdGaps, room) is not { } made) return null;

        // Where nobody keeps it, another form takes no memory for longer than its callers need.
        lock (this) made = _forms.Take(made, instead: Keeper is not null);
        Keeper?.Changed();
        return made;
    }

    /// <summary>Lets one form of the body go, if two are held. Whoever keeps the answer is not told.</summary>
    /// <returns>Whether two were held.</returns>
    public bool LetOneGo()
    {
        // Who makes the other form holds the lock for as long as that takes.
        if (!_forms.AreBoth) return false;
        lock (this) return _forms.LetOneGo();
    }

    /// <summary>Time since it was complete.</summary>
    public TimeSpan KeptFor(TimeProvider time) => time.GetElapsedTime(CompletedAt);

    /// <summary>How much longer a store keeps it; at zero or less no store may return it.</summary>
    public TimeSpan Remaining(TimeProvider time) => KeepFor - KeptFor(time);

    /// <summary>Adds a reader, and counts the body's bytes in the buffer budget with the first one. False if they do not fit.</summary>
    public bool TryHold(BufferBudget budget)
    {
        // The answer is its own lock: an object beside each of a million would be a tenth of what is not body.
        lock (this)
        {
            if (_readers == 0 && !budget.TryReserve(BodyLength)) return false;
            _readers++;
            return true;
        }
    }

    /// <summary>Removes a reader; the last one gives the body's bytes back to the budget.</summary>
    public void LetGo(BufferBudget budget)
    {
        lock (this)
        {
            if (--_readers == 0) budget.Release(BodyLength);
        }
    }

    /// <summary>The same answer with its times, and the digest of the body that it was computed from.</summary>
    public StoredAnswer Dated(long completedAt, Lifetime lifetime, TimeSpan ageThen = default, Digest filledBy = default) => new()
    {
        StatusCode = StatusCode,
        Headers = Headers,
        Body = Body,
        IdGaps = IdGaps,
        IsNotToBePacked = IsNotToBePacked,
        UpstreamDuration = UpstreamDuration,
        CompletedAt = completedAt,
        AgeThen = ageThen,
        Lifetime = lifetime,
        FilledBy = filledBy,
    };

    private byte[] AskPlain()
    {
        if (_forms.AskPlain() is { } plain)
        {
            if (_forms.IsOneTooMany && LetOneGo()) Keeper?.Changed();
            return plain;
        }

        lock (this) plain = _forms.Unpack();
        Keeper?.Changed();
        return plain;
    }
}
