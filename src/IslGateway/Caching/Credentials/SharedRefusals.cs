using System.Collections.Concurrent;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Tells every gateway of the credentials that ISL has refused: a stream in Redis, read on from where this gateway was. If the place is no
/// longer there (trimmed, expired, flushed), refusals may have gone unheard, and every proof is asked for anew.
/// </summary>
internal sealed class SharedRefusals(RedisGate redis, RedisNames names, RedisNews news, ProofBook proofs, SharedProofs shared, SettingsMonitor settings) : INewsReader
{
    /// <summary>Refusals that the stream keeps at least: at a hundred a second, far more than the time between two looks.</summary>
    private const int StreamLength = 4_096;

    /// <summary>Refusals that wait here for Redis at most; past it, one that stands for all of them does.</summary>
    private const int MaxPending = 1_024;

    private const string Field = "credential";
    private const string BeforeAll = "-";

    private static readonly TimeSpan CatchUpBudget = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StreamLife = TimeSpan.FromDays(1);

    /// <summary>Stands for every credential.</summary>
    private static readonly Digest Everyone = Digest.Of("everyone"u8);

    private readonly ConcurrentDictionary<Digest, long> _pending = new();
    private long _added;
    private volatile string? _readTo;

    /// <summary>Whether this gateway hears what the others announce: it has found its place in the stream.</summary>
    public bool IsListening => _readTo is not null;

    /// <summary>Announces a refusal: here at once, elsewhere as soon as Redis takes it. Waits a little for that, and never throws.</summary>
    public async Task AnnounceAsync(Digest credential)
    {
        proofs.Refuse(credential);
        if (!redis.IsConfigured) return;
        if (_pending.Count >= MaxPending)
        {
            _pending.Clear();
            credential = Everyone;
        }

        _pending[credential] = Interlocked.Increment(ref _added);
        await redis.AskAsync(ReplayAsync, settings.Current.Cache.LookupBudget, CancellationToken.None);
    }

    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_pending.IsEmpty) await redis.AskAsync(ReplayAsync, CatchUpBudget, cancellationToken);
            var reply = await redis.AskAsync(ReadAsync, CatchUpBudget, cancellationToken);
            if (reply.Trouble != RedisTrouble.Garbage) return;
            redis.Tell(database => database.KeyDeleteAsync(names.Refusals, CommandFlags.DemandMaster));
            proofs.ForgetAll();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task<bool> ReplayAsync(IDatabase database)
    {
        foreach (var refusal in _pending)
        {
            var content = new byte[Digest.Size];
            refusal.Key.CopyTo(content);
            var removed = database.KeyDeleteAsync(names.Proof(refusal.Key), CommandFlags.DemandMaster);
            var added = database.StreamAddAsync(
                names.Refusals, Field, RedisRecord.Encode(names.Refusals, content), messageId: null, StreamLength, useApproximateMaxLength: true, CommandFlags.DemandMaster);
            await Task.WhenAll(removed, added, database.KeyExpireAsync(names.Refusals, StreamLife, CommandFlags.DemandMaster));
            _pending.TryRemove(refusal);
        }

        news.Publish();
        return true;
    }

    private async Task<bool> ReadAsync(IDatabase database)
    {
        if (_readTo is null)
        {
            // What was refused before this gateway came is in no proof that it has; what it proved before it could read may be.
            var newest = await database.StreamRangeAsync(names.Refusals, BeforeAll, "+", 1, Order.Descending, CommandFlags.DemandMaster);
            proofs.ForgetAll();
            _readTo = newest is [var last] ? last.Id : BeforeAll;
            return true;
        }

        var entries = await database.StreamRangeAsync(names.Refusals, _readTo, "+", StreamLength * 2, Order.Ascending, CommandFlags.DemandMaster);
        var isPlaceThere = _readTo == BeforeAll || (entries.Length > 0 && entries[0].Id == _readTo);
        if (!isPlaceThere) proofs.ForgetAll();
        foreach (var entry in entries.AsSpan(isPlaceThere && _readTo != BeforeAll ? 1 : 0)) Heed(entry);
        _readTo = entries.Length > 0 ? entries[^1].Id! : BeforeAll;
        return true;
    }

    private void Heed(StreamEntry entry)
    {
        var value = entry[Field];
        if (value.IsNull || !RedisRecord.TryDecode(names.Refusals, (byte[])value!, out var content) || content.Length != Digest.Size
            || Digest.FromBytes(content) is var credential && credential == Everyone)
        {
            proofs.ForgetAll();
            return;
        }

        // A gateway that had just proven it may have shared the proof after the refusal took it away.
        if (proofs.HasProof(credential)) shared.Remove(credential);
        proofs.Refuse(credential);
    }
}
