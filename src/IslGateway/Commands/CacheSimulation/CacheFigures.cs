using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.Commands.CacheSimulation;

/// <summary>What a cache did, or would have done, for an endpoint or for all.</summary>
internal sealed class CacheFigures
{
    public long Requests { get; set; }

    /// <summary>Requests that were served from the cache, by the guide's count.</summary>
    public long Hits { get; set; }

    /// <summary>Of those, the ones that another gateway's answer in Redis served.</summary>
    public long FromRedis { get; set; }

    /// <summary>Seconds of ISL that hits and collapsed requests spared it.</summary>
    public double Saved { get; set; }

    public double HitRate => Requests == 0 ? 0 : (double)Hits / Requests;

    /// <summary>Adds what really became of a request.</summary>
    public void Measure(KeyLogLine line)
    {
        Requests++;
        if (line.IsHit) Hits++;
        if (line is { IsHit: true, Detail: "redis" }) FromRedis++;

        // A stale answer after ISL was asked in vain spares it nothing.
        if (line.Cache is "hit" or "collapsed") Saved += line.Cost;
    }

    public void Add(CacheFigures other)
    {
        Requests += other.Requests;
        Hits += other.Hits;
        FromRedis += other.FromRedis;
        Saved += other.Saved;
    }
}
