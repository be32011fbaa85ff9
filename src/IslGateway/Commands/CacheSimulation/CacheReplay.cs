using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Telemetry.KeyLogging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.Commands.CacheSimulation;

/// <summary>
/// Replays a log through the gateway's own memory tier under one combination of settings. Answers are stored by their size alone, without
/// bodies.
/// </summary>
internal sealed class CacheReplay : IDisposable
{
    private const string SizeKey = "Cache:Memory:SizeLimit";
    private const string EntryKey = "Cache:MaxEntrySize";

    /// <summary>What an answer counts for that has neither headers nor body.</summary>
    private static readonly long Frame = AnswerOf(default, bytes: 0, cost: 0, completedAt: 0).Size;

    private readonly ReplayClock _clock = new();
    private readonly IConfigurationRoot _configuration;
    private readonly SettingsMonitor _settings;
    private readonly MemoryStore _store;
    private readonly Queue<uint> _epochs = new();
    private KeyLogHead? _head;

    /// <param name="ttl">How long answers are fresh; null: as long as they really were.</param>
    /// <param name="size">Bytes of memory; null: as many as there really were.</param>
    public CacheReplay(TimeSpan? ttl, long? size)
    {
        (Ttl, Size) = (ttl, size);
        _configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        LimitTo(size ?? new CacheMemoryOptions().SizeLimit);
        _settings = new SettingsMonitor(
            new SettingsLoader(_configuration, isDevelopment: true, static (_, _) => { }), NullLogger<SettingsMonitor>.Instance);
        _store = new MemoryStore(_settings, new GatewayMetrics(), _clock);
    }

    public TimeSpan? Ttl { get; }

    public long? Size { get; }

    /// <summary>Bytes that the memory tier may hold at the end.</summary>
    public long Limit => _settings.Current.Cache.Memory.SizeLimit;

    public EndpointFigures Figures { get; } = new();

    /// <summary>The most bytes that were held at once.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Entries that went for want of memory, and new ones that were not kept.</summary>
    public long Evicted => _store.Evicted;

    /// <summary>Takes over the settings of the gateway that wrote the lines that follow.</summary>
    public void Take(KeyLogHead head)
    {
        if (_head is { } before && before.Started != head.Started) _store.RemoveUpTo(_store.LastKept, row: null);
        _head = head;
        if (Size is not null || head.SizeLimit == Limit) return;
        LimitTo(head.SizeLimit);
        _configuration.Reload();
    }

    /// <summary>Replays a request.</summary>
    public void Take(KeyLogLine line)
    {
        _clock.MoveTo(line.At);
        var figures = Figures.Of(line.Row);
        figures.Requests++;
        if (line is not { Key: { } question, Epoch: { } epoch }) return;
        var key = KeyOf(line.Row, question, epoch);
        if (!IsServed(line, key, figures) && line.Bytes > 0)
        {
            Heed(epoch);
            Store(key, line.Bytes, line.Cost, line.Ttl, line.Stale);
        }

        PeakBytes = Math.Max(PeakBytes, _store.Bytes);
    }

    public void Dispose() => _settings.Dispose();

    private bool IsServed(KeyLogLine line, Digest key, CacheFigures figures)
    {
        // The caller wanted a fresh answer, or had no right to one.
        if (line.Cache == "refreshed" || line.Detail == "refused-credential") return false;
        var found = _store.TryGet(key, out var stored) ? stored : null;
        if (found is not null && found.KeptFor(_clock) < found.Lifetime.Ttl)
        {
            // It came before the answer was there, and shared the call that brought it.
            var joins = !line.IsHit && TimeSpan.FromSeconds(Math.Max(0, line.At - line.Took)).Ticks < found.CompletedAt;
            if (!joins) figures.Hits++;
            figures.Saved += found.UpstreamDuration.TotalSeconds;
            RefreshIfDue(key, found);
            return true;
        }

        if (line.Cache == "collapsed")
        {
            figures.Saved += line.Cost;
            return true;
        }

        // ISL was in trouble: what is past its freshness stands in, here as there.
        if (found is null || line.Detail != "stale") return false;
        figures.Hits++;
        if (line.Cache == "hit") figures.Saved += found.UpstreamDuration.TotalSeconds;
        return true;
    }

    /// <summary>As the gateway does with the first answer of another configuration.</summary>
    private void Heed(uint epoch)
    {
        if (_epochs.Contains(epoch)) return;
        if (_epochs.Count > 0) _store.Outdate();
        _epochs.Enqueue(epoch);
        if (_epochs.Count > ReplicaRegistry.MaxLookupEpochs) _epochs.Dequeue();
    }

    private void RefreshIfDue(Digest key, StoredAnswer found)
    {
        var ttl = found.Lifetime.Ttl;
        if (_head is not { RefreshAhead: > 0 and var share } || ttl - found.KeptFor(_clock) > share * ttl) return;
        var (cost, stale) = (found.UpstreamDuration.TotalSeconds, found.Lifetime.StaleTtl.TotalSeconds);
        Store(key, found.Size, cost, ttl.TotalSeconds, stale, isSpread: true);
    }

    private void Store(Digest key, long bytes, double cost, double ttl, double stale, bool isSpread = false)
    {
        var fresh = Ttl is not { } given || isSpread
            ? TimeSpan.FromSeconds(ttl)
            : Freshness.Spread(given, _head?.Jitter ?? new CacheOptions().Jitter, key);
        _store.Set(key, AnswerOf(new Lifetime(fresh, TimeSpan.FromSeconds(stale)), bytes, cost, _clock.GetTimestamp()));
    }

    private void LimitTo(long bytes)
    {
        _configuration[SizeKey] = bytes.ToString(CultureInfo.InvariantCulture);
        _configuration[EntryKey] = Math.Min(bytes, new CacheOptions().MaxEntrySize).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>It counts for so many bytes and holds none.</summary>
    private static StoredAnswer AnswerOf(Lifetime lifetime, long bytes, double cost, long completedAt) => new()
    {
        StatusCode = StatusCodes.Status200OK,
        Headers = [],
        Body = default,
        IdGaps = [],
        Unheld = Math.Max(0, bytes - Frame),
        CompletedAt = completedAt,
        Lifetime = lifetime,
        UpstreamDuration = TimeSpan.FromSeconds(cost),
    };

    private static Digest KeyOf(string row, ulong question, uint epoch)
    {
        var name = Encoding.UTF8.GetByteCount(row);
        var parts = new byte[sizeof(ulong) + sizeof(uint) + name];
        BinaryPrimitives.WriteUInt64LittleEndian(parts, question);
        BinaryPrimitives.WriteUInt32LittleEndian(parts.AsSpan(sizeof(ulong)), epoch);
        Encoding.UTF8.GetBytes(row, parts.AsSpan(sizeof(ulong) + sizeof(uint)));
        return Digest.Of(parts);
    }
}
