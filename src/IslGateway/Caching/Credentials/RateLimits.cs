using System.Globalization;
using System.Net;
using BitFaster.Caching.Lru;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// What ISL's answers said of the rate limit of each credential: it counts per key over the last 60 s, and callers without a key by their
/// address. Bounded; what is forgotten or too old is unknown.
/// </summary>
internal sealed class RateLimits
{
    private const string LimitHeader = "x-ratelimit-limit";
    private const string RemainingHeader = "x-ratelimit-remaining";

    /// <summary>The only header that ISL takes for a key, whatever else counts as a credential here.</summary>
    private const string KeyHeader = "X-API-Key";

    private const int Capacity = 4_096;

    /// <summary>ISL's window: after that long without a call the whole limit is there again.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly ConcurrentLru<Bucket, Reading> _readings = new(Capacity);
    private readonly TimeProvider _time;

    public RateLimits(GatewayMetrics metrics, TimeProvider time)
    {
        _time = time;
        metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportRateLimit(LowestRemaining()));
    }

    /// <summary>The fewest calls that any credential is known to have left; null when nothing is known.</summary>
    public long? LowestRemaining()
    {
        long? lowest = null;
        foreach (var (_, reading) in _readings)
        {
            if (IsCurrent(reading) && (lowest is null || reading.Remaining < lowest)) lowest = reading.Remaining;
        }

        return lowest;
    }

    /// <summary>Takes in what an answer says, if it says anything.</summary>
    /// <returns>Whether it says that the limit is used up.</returns>
    public bool Learn(UpstreamCall call, UpstreamAnswer answer)
    {
        if (answer.Failure != UpstreamFailure.None || Bucket.Of(call) is not { } bucket) return false;
        var isUsedUp = answer.StatusCode == StatusCodes.Status429TooManyRequests || IsMistaken(bucket, answer);
        if (Number(answer.Headers, LimitHeader) is { } limit and > 0 && Number(answer.Headers, RemainingHeader) is { } remaining)
        {
            _readings.AddOrUpdate(bucket, new Reading(limit, remaining, _time.GetTimestamp()));
        }
        else if (isUsedUp)
        {
            var known = _readings.TryGet(bucket, out var before) ? before.Limit : 1;
            _readings.AddOrUpdate(bucket, new Reading(known, 0, _time.GetTimestamp()));
        }

        return isUsedUp;
    }

    /// <summary>Whether at least a share of the limit that a call would count against is left, and not nothing at all; true where nothing is known.</summary>
    public bool HasHeadroom(UpstreamCall call, double share) =>
        Bucket.Of(call) is not { } bucket || !_readings.TryGet(bucket, out var reading) || !IsCurrent(reading)
        || (reading.Remaining > 0 && reading.Remaining >= share * reading.Limit);

    /// <summary>ISL means 429 and says 500, without any of its headers: to be told from a failure only by what it said before.</summary>
    private bool IsMistaken(Bucket bucket, UpstreamAnswer answer) =>
        answer.StatusCode == StatusCodes.Status500InternalServerError && _readings.TryGet(bucket, out var before) && IsCurrent(before) && before.Remaining == 0;

    private bool IsCurrent(Reading reading) => _time.GetElapsedTime(reading.At) < Window;

    private static long? Number(IHeaderDictionary headers, string name) =>
        long.TryParse(headers[name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private readonly record struct Bucket(Digest Credential, IPAddress? Address)
    {
        /// <summary>What ISL counts a call against; null for one whose credential is not known.</summary>
        public static Bucket? Of(UpstreamCall call) =>
            call.Credential is { } credential ? new Bucket(credential.Digest, call.Headers.ContainsKey(KeyHeader) ? null : call.RemoteAddress) : null;
    }

    private readonly record struct Reading(long Limit, long Remaining, long At);
}
