using System.Buffers.Binary;
using IslGateway.Caching;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.Edge;

/// <summary>Tells <c>Telemetry:KeyLog</c> of each request to a cacheable row.</summary>
internal sealed class KeyTraces(KeyLog log)
{
    /// <summary>Takes in a request that has ended; only where there is such a log.</summary>
    public void Take(CacheContext context, TimeSpan elapsed)
    {
        if (context.Row is not { IsCacheable: true } row) return;
        var (outcome, trace, answer) = (context.Outcome, context.Trace, context.Trace?.Answer);
        log.Take(new KeyLogLine
        {
            Row = row.Name,
            Key = trace is null ? null : First(trace.Question),
            Epoch = trace?.Epoch is { } epoch ? (uint)First(epoch) : null,
            Cache = WordOf(outcome.Disposition),
            Detail = outcome.Reason == Reason.None ? null : outcome.Reason.Word(),
            Took = elapsed.TotalSeconds,
            Cost = (answer?.UpstreamDuration ?? context.Upstream).TotalSeconds,
            Bytes = answer?.Size ?? 0,
            Ttl = answer?.Lifetime.Ttl.TotalSeconds ?? 0,
            Stale = answer?.Lifetime.StaleTtl.TotalSeconds ?? 0,
        });
    }

    private static ulong First(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private static string WordOf(CacheDisposition disposition) => disposition switch
    {
        CacheDisposition.Hit => "hit",
        CacheDisposition.Stale => "stale",
        CacheDisposition.Stored => "stored",
        CacheDisposition.Collapsed => "collapsed",
        CacheDisposition.Refreshed => "refreshed",
        CacheDisposition.Bypass => "bypass",
        CacheDisposition.Miss => "miss",
        _ => "answered",
    };
}
