using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// A request in its place. Only <see cref="TryAdd"/> may be used without the lock of <see cref="KeptRequests"/>.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="tokens">The purge tokens under which it was asked: a purge replaces them.</param>
/// <param name="carried">The token that its credential's proof carried: a refusal replaces it.</param>
internal sealed class KeptEntry(KeptRequest request, PurgeTokens tokens, Digest carried) : IHitCount
{
    /// <summary>
    /// Bytes that one takes besides body and texts: this object and the request's (about 560), its places in the table and in the order
    /// (220), and the heads of its arrays (70).
    /// </summary>
    private const int Frame = 960;

    private KeptHeat _heat = new();
    private int _recent;
    private volatile bool _isGone;

    public KeptRequest Request { get; } = request;

    public KeptKey Key { get; } = new(request.Question, request.Owner);

    public PurgeTokens Tokens { get; } = tokens;

    public Digest Carried { get; } = carried;

    /// <summary>Bytes that it counts for.</summary>
    public long Size { get; } = SizeOf(request);

    /// <summary>Tells apart those of equal worth.</summary>
    public long Number { get; set; }

    public double Seconds { get; set; } = request.Seconds;

    public Digest Epoch { get; set; } = request.Epoch;

    /// <summary>The place in the order of worth, as far as it was counted.</summary>
    public double Score { get; private set; } = double.NegativeInfinity;

    /// <summary>Whether it was hit since it was counted last.</summary>
    public bool IsHot => Volatile.Read(ref _recent) > 0;

    public bool TryAdd()
    {
        if (_isGone) return false;
        Interlocked.Increment(ref _recent);
        return true;
    }

    /// <summary>It counts no more hits, and whoever still knows it drops it.</summary>
    public void Leave() => _isGone = true;

    /// <summary>Counts what came since it was last done, and more. Changes <see cref="Score"/>.</summary>
    public void Settle(double moment, double more = 0)
    {
        var hits = Interlocked.Exchange(ref _recent, 0) + more;
        if (hits > 0) _heat.Add(hits, moment);
        Score = ScoreOf(_heat);
    }

    /// <summary>What <see cref="Score"/> would be if all hits were counted.</summary>
    public double ScoreAt(double moment) => ScoreOf(HeatAt(moment));

    /// <summary>The request with its count at a moment.</summary>
    public KeptRequest At(double moment) =>
        Request with { Count = HeatAt(moment).At(moment), Seconds = Seconds, Epoch = Epoch };

    /// <summary>The place in the order of worth that a request would have.</summary>
    public static double ScoreOf(double count, double seconds, double moment)
    {
        var heat = new KeptHeat();
        heat.Add(count, moment);
        return heat.Log + Math.Log2(seconds);
    }

    /// <summary>Bytes that a request counts for.</summary>
    public static long SizeOf(KeptRequest request) =>
        request.Body.Length + (2L * request.Target.Length) + Frame
        + request.Headers.Sum(header => (2L * (header.Key.Length + header.Value.Length)) + 80);

    private KeptHeat HeatAt(double moment)
    {
        var heat = _heat;
        if (Volatile.Read(ref _recent) is var recent and > 0) heat.Add(recent, moment);
        return heat;
    }

    private double ScoreOf(KeptHeat heat) => heat.Log + Math.Log2(Seconds);
}
