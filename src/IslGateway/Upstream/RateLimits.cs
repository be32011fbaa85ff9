using System.Globalization;
using System.Net;
using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Telemetry;

namespace IslGateway.Upstream;

/// <summary>
/// What ISL's answers said about the rate limit of each credential. ISL counts the calls of the last 60 s per key, and those without a key
/// by the caller's address. Bounded; what was forgotten, or is too old, is unknown.
/// </summary>
internal sealed class RateLimits
{
    private const string LimitHeader = "x-ratelimit-limit";
    private const string RemainingHeader = "x-ratelimit-remaining";

    /// <summary>How ISL's own headers begin, and those that tell its limit.</summary>
    private static readonly string[] IslsHeaders = ["x-olumi-", "x-ratelimit-"];

    /// <summary>The only header that ISL reads a key from, whatever else counts as a credential here.</summary>
    private const string KeyHeader = "X-API-Key";

    private const int Capacity = 8_192;

    /// <summary>ISL's window: after this long without a call the whole limit is available again.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly ConcurrentLru<Bucket, Reading> _readings = new(Capacity);
    private readonly IKnownCredentials _known;
    private readonly TimeProvider _time;

    public RateLimits(IKnownCredentials known, GatewayMetrics metrics, TimeProvider time)
    {
        (_known, _time) = (known, time);
        metrics.Registry.AddBeforeCollectCallback(() => metrics.ReportRateLimit(Lowest()));
    }

    /// <summary>The fewest calls left to any credential that ISL accepts, and its limit; null if nothing is known.</summary>
    public (long Remaining, long Limit)? Lowest()
    {
        (long Remaining, long Limit)? lowest = null;
        foreach (var (bucket, reading) in _readings)
        {
            if (bucket.Replica is not null || !IsCurrent(reading) || !_known.IsKnown(new Credential(bucket.Credential))) continue;
            if (lowest is null || reading.Remaining < lowest.Value.Remaining) lowest = (reading.Remaining, reading.Limit);
        }

        return lowest;
    }

    /// <summary>Takes in what an answer says about the limit.</summary>
    /// <returns>Whether the answer says that the limit is used up.</returns>
    public bool Learn(UpstreamCall call, UpstreamAnswer answer)
    {
        if (answer.Failure != UpstreamFailure.None || Bucket.Of(call) is not { } bucket) return false;
        var isUsedUp = answer.StatusCode == StatusCodes.Status429TooManyRequests || IsMistaken(bucket, answer);
        if (Number(answer.Headers, LimitHeader) is { } limit and > 0 && Number(answer.Headers, RemainingHeader) is { } remaining)
        {
            Note(bucket, answer.ReplicaId, new Reading(limit, remaining, _time.GetTimestamp()));
        }
        else if (isUsedUp)
        {
            var known = _readings.TryGet(bucket, out var before) ? before.Limit : 1;
            Note(bucket, answer.ReplicaId, new Reading(known, 0, _time.GetTimestamp()));
        }
        else if (answer.StatusCode < StatusCodes.Status500InternalServerError)
        {
            // It was let through, and names no limit: the one that was used up counts no more, or was that of something before ISL.
            ForgetUsedUp(bucket);
            ForgetUsedUp(bucket with { Replica = answer.ReplicaId });
        }

        return isUsedUp;
    }

    /// <summary>
    /// Whether more than nothing, and at least this share, of the limit that a call counts against is left; true if nothing is known.
    /// </summary>
    public bool HasHeadroom(UpstreamCall call, double share) =>
        Bucket.Of(call) is not { } bucket || !_readings.TryGet(bucket, out var reading) || !IsCurrent(reading)
        || (reading.Remaining > 0 && reading.Remaining >= share * reading.Limit);

    /// <summary>
    /// Whether a 500 means 429: ISL sometimes answers so, without its headers. Only its earlier answers tell, those of this replica (which
    /// counts alone if ISL has no Redis) or of any.
    /// </summary>
    private bool IsMistaken(Bucket bucket, UpstreamAnswer answer) =>
        answer.StatusCode == StatusCodes.Status500InternalServerError
        && !answer.Headers.Keys.Any(IsIsls)
        && (IsUsedUp(bucket) || IsUsedUp(bucket with { Replica = answer.ReplicaId }));

    private static bool IsIsls(string header) =>
        Array.Exists(IslsHeaders, beginning => header.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));

    private void ForgetUsedUp(Bucket bucket)
    {
        if (IsUsedUp(bucket)) _readings.TryRemove(bucket);
    }

    private bool IsUsedUp(Bucket bucket) => _readings.TryGet(bucket, out var before) && IsCurrent(before) && before.Remaining == 0;

    private void Note(Bucket bucket, string? replica, Reading reading)
    {
        _readings.AddOrUpdate(bucket, reading);
        if (replica is not null) _readings.AddOrUpdate(bucket with { Replica = replica }, reading);
    }

    private bool IsCurrent(Reading reading) => _time.GetElapsedTime(reading.At) < Window;

    private static long? Number(IHeaderDictionary headers, string name) =>
        long.TryParse(headers[name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <param name="Credential">The credential whose calls are counted.</param>
    /// <param name="Address">The caller's address, if ISL counts by it.</param>
    /// <param name="Replica">The replica that said so; null: whichever said it last.</param>
    private readonly record struct Bucket(Digest Credential, IPAddress? Address, string? Replica = null)
    {
        /// <summary>What ISL counts a call against; null if the call's credential is not given.</summary>
        public static Bucket? Of(UpstreamCall call) =>
            call.Credential is { } credential
                ? new Bucket(credential.Digest, call.Headers.ContainsKey(KeyHeader) ? null : call.RemoteAddress)
                : null;
    }

    private readonly record struct Reading(long Limit, long Remaining, long At);
}
