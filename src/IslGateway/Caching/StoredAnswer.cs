using IslGateway.Caching.Keys;
using IslGateway.Content;

namespace IslGateway.Caching;

/// <summary>
/// An answer as it is kept: the headers that belong to it rather than to one exchange, and the body with a gap wherever ISL echoed
/// the request id, to be filled with each caller's own. Immutable but for the count of its readers; shared by every one of them.
/// </summary>
internal sealed class StoredAnswer
{
    /// <summary>Milliseconds by which clocks of gateways may differ without harm.</summary>
    private const long MaxSkew = 5_000;

    private readonly Lock _gate = new();
    private int _readers;

    /// <summary>HTTP status; 200 for anything that a store holds.</summary>
    public required int StatusCode { get; init; }

    /// <summary>Name and value of each kept header.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The body without the echoed ids.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Offsets into <see cref="Body"/>, ascending, at each of which the caller's id belongs.</summary>
    public required IReadOnlyList<int> IdGaps { get; init; }

    /// <summary>When it was complete, in Unix milliseconds.</summary>
    public long CreatedAt { get; init; }

    /// <summary>How long it is fresh from then.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>How long a store keeps it from then: its freshness and, after that, the time in which it may stand in for ISL.</summary>
    public TimeSpan KeepFor { get; init; }

    /// <summary>How long ISL took for it.</summary>
    public TimeSpan UpstreamDuration { get; init; }

    /// <summary>Digest of the plain request body that it was computed from: the sentinel prefers callers who spell it otherwise.</summary>
    public Digest FilledBy { get; init; }

    /// <summary>The size that it counts for in a store's budget: body, headers and about what the object costs.</summary>
    public long Size => Body.Length + (4 * IdGaps.Count) + Headers.Sum(h => (2L * (h.Key.Length + h.Value.Length)) + 48) + 256;

    /// <summary>Length of the body with the given id in its gaps.</summary>
    public long LengthFor(string requestId) => Body.Length + ((long)IdGaps.Count * requestId.Length);

    /// <summary>
    /// Age at a moment, never negative. An answer of the future was dated by a clock that ran ahead, or this one was put back: nobody can tell
    /// how old it is, so it is older than anything.
    /// </summary>
    public TimeSpan AgeAt(DateTimeOffset now)
    {
        var age = now.ToUnixTimeMilliseconds() - CreatedAt;
        return age < -MaxSkew ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(Math.Max(0, age));
    }

    /// <summary>Freshness left at a moment; negative once stale.</summary>
    public TimeSpan TtlAt(DateTimeOffset now) => Ttl - AgeAt(now);

    /// <summary>How much longer a store keeps it at a moment; zero or less once no store may return it.</summary>
    public TimeSpan RemainingAt(DateTimeOffset now) => KeepFor - AgeAt(now);

    /// <summary>Counts the body as a buffer for one more reader: its bytes for the first, nothing for the others. False if they do not fit.</summary>
    public bool TryHold(BufferBudget budget)
    {
        lock (_gate)
        {
            if (_readers == 0 && !budget.TryReserve(Body.Length)) return false;
            _readers++;
            return true;
        }
    }

    /// <summary>A reader is done; with the last one, the body's bytes are given back.</summary>
    public void LetGo(BufferBudget budget)
    {
        lock (_gate)
        {
            if (--_readers == 0) budget.Release(Body.Length);
        }
    }

    /// <summary>The same answer with its times, and with the digest of what it was computed from.</summary>
    public StoredAnswer Dated(DateTimeOffset createdAt, TimeSpan ttl, TimeSpan keepFor, Digest filledBy = default) => new()
    {
        StatusCode = StatusCode,
        Headers = Headers,
        Body = Body,
        IdGaps = IdGaps,
        UpstreamDuration = UpstreamDuration,
        CreatedAt = createdAt.ToUnixTimeMilliseconds(),
        Ttl = ttl,
        KeepFor = keepFor,
        FilledBy = filledBy,
    };
}
