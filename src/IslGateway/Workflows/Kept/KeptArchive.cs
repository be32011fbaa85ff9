using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// Brings the dearest kept requests through a restart: they are written to Redis now and then, and when the gateway stops; and read once
/// after it has started. Only where there is a <c>Cache:KeySecret</c>, without which their names would tell what was asked; sealed where
/// there are <c>Cache:EncryptionKeys</c>.
/// </summary>
internal sealed class KeptArchive(
    KeptRequests kept, KeptRecords records, TokenSet tokens, SealingKeys keys, EndpointTable table, SettingsMonitor settings,
    TimeProvider time)
    : BackgroundService
{
    /// <summary>Requests in Redis at most, of all gateways together.</summary>
    private const int Most = 1_000;

    /// <summary>Requests that are written at once, or read at once, at most.</summary>
    private const int AtOnce = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>How long one stays in Redis; it is written anew when half of that is over.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    /// <summary>How long a start waits until Redis has told what was purged: before that nothing may be taken from it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource _restored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dictionary<Digest, (Digest Epoch, long At)> _written = [];

    /// <summary>Ends when all that Redis held for this gateway is there, or nothing will come.</summary>
    public Task Restored => _restored.Task;

    private bool IsOn => records.IsConfigured && settings.Current.Cache is { KeepRequests: > 0, KeySecret: not null };

    /// <summary>Writes the last ones.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!cancellationToken.IsCancellationRequested) await SaveAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RestoreAsync(stoppingToken);
            _restored.TrySetResult();
            while (true)
            {
                await Task.Delay(Interval, time, stoppingToken);
                await SaveAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        finally
        {
            _restored.TrySetResult();
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (!IsOn) return;
        var since = time.GetTimestamp();
        IReadOnlyList<Digest>? listed = null;
        while (listed is null && time.GetElapsedTime(since) < Patience)
        {
            if (tokens.WereRead) listed = await records.ListedAsync(Most, cancellationToken);
            if (listed is null) await Task.Delay(Look, time, cancellationToken);
        }

        foreach (var some in (listed ?? []).Chunk(AtOnce)) await Task.WhenAll(some.Select(id => RestoreAsync(id, cancellationToken)));
    }

    private async Task RestoreAsync(Digest id, CancellationToken cancellationToken)
    {
        if (await records.ReadAsync(id, cancellationToken) is not { } bytes) return;
        var trouble = Decode(id, bytes, out var record);
        if (record is not null) kept.Restore(record);
        else if (trouble != RedisTrouble.None) records.Discard(id, trouble);
    }

    private RedisTrouble Decode(Digest id, Span<byte> bytes, out KeptRecord? record)
    {
        record = null;
        var content = bytes;
        if (keys.Current is { } ring)
        {
            var verdict = SealedValue.Open(ring, records.NameOf(id), bytes, time.GetUtcNow(), out content, out _);
            if (verdict != SealVerdict.Opened) return RedisTroubles.Of(verdict);
        }

        record = KeptEnvelope.Decode(content, id, table);
        return record is not null || KeptEnvelope.IsOfAnotherVersion(content) || SealedValue.IsSealed(content)
            ? RedisTrouble.None
            : RedisTrouble.Garbage;
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (!IsOn) return;
        var dearest = kept.Records(Most);
        var known = new Dictionary<Digest, (Digest Epoch, long At)>();
        foreach (var some in dearest.Chunk(AtOnce))
        {
            var written = await Task.WhenAll(some.Select(record => SaveAsync(record, cancellationToken)));
            foreach (var (id, state) in written.OfType<(Digest Id, (Digest Epoch, long At) State)>()) known[id] = state;
        }

        _written = known;

        // Scores of several gateways and of several days compare: an hour is worth as much as a half-life takes.
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch) / KeptHeat.HalfLife;
        await records.ListAsync(
            [.. dearest.Where(record => known.ContainsKey(record.Id)).Select(record => (record.Id, Math.Log2(record.Request.Worth) + now))],
            Most, Life, cancellationToken);
    }

    /// <returns>What is written of it; null if it is not.</returns>
    private async Task<(Digest Id, (Digest Epoch, long At) State)?> SaveAsync(KeptRecord record, CancellationToken cancellationToken)
    {
        var id = record.Id;
        if (_written.TryGetValue(id, out var state) && state.Epoch == record.Request.Epoch && time.GetElapsedTime(state.At) < Life / 2)
            return (id, state);
        var at = time.GetTimestamp();
        return await records.WriteAsync(id, Encode(record), Life, cancellationToken) ? (id, (record.Request.Epoch, at)) : null;
    }

    private byte[] Encode(KeptRecord record)
    {
        if (keys.Current is not { } ring) return KeptEnvelope.Encode(record, before: 0, after: 0);
        var bytes = KeptEnvelope.Encode(record, SealedValue.HeadSize, SealedValue.TagSize);
        SealedValue.Seal(ring.Newest, records.NameOf(record.Id), time.GetUtcNow(), bytes);
        return bytes;
    }
}
