using System.Collections.Concurrent;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Tells every gateway of the credentials that ISL accepts no longer: a stream in Redis, read on from the entry where this gateway was (an empty
/// stream is given one to begin with). Only the end of a proof is told, one that this gateway has or that lies in Redis: of a key that was never
/// proven there is nothing to withdraw, and anybody can invent as many as Redis has room for. If a gateway's place in the stream is no longer there
/// (trimmed, expired, flushed, failed over), or an entry cannot be read, refusals may have gone unheard: no proof so far counts then, here and, by
/// a record that says so, wherever proofs are read from Redis.
/// </summary>
/// <remarks>An entry of a gateway with another <c>Cache:KeySecret</c> cannot be read: under its secret the credential has another digest.</remarks>
internal sealed class SharedRefusals(
    RedisGate redis, RedisNames names, RedisNews news, ProofBook proofs, SharedProofs shared, KeyComposer keys, SettingsMonitor settings)
    : INewsReader, IDisposable
{
    /// <summary>Refusals that the stream keeps at least: at a hundred a second, far more than the time between two looks.</summary>
    private const int StreamLength = 4_096;

    /// <summary>Refusals that wait here for Redis at most; past it, one that stands for all of them does.</summary>
    private const int MaxPending = 1_024;

    private const string Field = "credential";
    private const string Beginning = "begins";

    private static readonly TimeSpan CatchUpBudget = TimeSpan.FromMilliseconds(250);

    /// <summary>Since the last refusal; past it every gateway asks for its credentials once more.</summary>
    private static readonly TimeSpan StreamLife = TimeSpan.FromDays(30);

    /// <summary>Stands for every credential.</summary>
    private static readonly Digest Everyone = Digest.Of("everyone"u8);

    private readonly ConcurrentDictionary<Digest, long> _pending = new();

    /// <summary>Refused without a proof here, while Redis did not say whether it has one.</summary>
    private readonly ConcurrentDictionary<Digest, byte> _unsure = new();
    private readonly SemaphoreSlim _replaying = new(1);
    private long _added;
    private volatile string? _readTo;

    /// <summary>Whether this gateway hears what the others announce: it has found its place in the stream.</summary>
    public bool IsListening => _readTo is not null;

    /// <summary>
    /// Announces a refusal: here at once, elsewhere as soon as Redis takes it, if there was a proof to end. Waits a little for that, and never
    /// throws.
    /// </summary>
    public async Task AnnounceAsync(Digest credential)
    {
        var wasProven = proofs.HasProof(credential);
        proofs.Refuse(credential);
        if (!redis.IsConfigured) return;
        if (!wasProven)
        {
            var isThere = await redis.AskAsync(database => shared.ExistsAsync(database, credential), settings.Current.Cache.LookupBudget, CancellationToken.None);

            // Past their number more are forgotten: where another gateway has the proof, it asks ISL itself within Recheck.
            if (!isThere.IsOk && _unsure.Count < MaxPending) _unsure.TryAdd(credential, 0);
            if (!isThere.IsOk || !isThere.Value) return;
        }

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
            if (!_pending.IsEmpty || !_unsure.IsEmpty) await redis.AskPacedAsync(ReplayAsync, CatchUpBudget, cancellationToken);
            var reply = await redis.AskPacedAsync(ReadAsync, CatchUpBudget, cancellationToken);
            if (reply.Trouble != RedisTrouble.Garbage) return;
            redis.Tell(database => database.KeyDeleteAsync(names.Refusals, CommandFlags.DemandMaster));
            redis.Tell(ForgetAllAsync);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    public void Dispose() => _replaying.Dispose();

    /// <summary>Writes what is pending. One at a time: whoever comes meanwhile finds little or nothing left to write.</summary>
    private async Task<bool> ReplayAsync(IDatabase database)
    {
        await _replaying.WaitAsync();
        try
        {
            await AscertainAsync(database);
            var written = _pending.ToArray();
            if (written.Length == 0) return true;
            await Task.WhenAll(written.Select(refusal => WriteAsync(database, refusal.Key)));
            await database.KeyExpireAsync(names.Refusals, StreamLife, CommandFlags.DemandMaster);
            foreach (var refusal in written) _pending.TryRemove(refusal);
            news.Publish();
            return true;
        }
        finally
        {
            _replaying.Release();
        }
    }

    /// <summary>Finds out of which refusals there is a proof to end.</summary>
    private async Task AscertainAsync(IDatabase database)
    {
        var asked = _unsure.Keys.Select(credential => (Credential: credential, IsThere: shared.ExistsAsync(database, credential))).ToList();
        foreach (var (credential, isThere) in asked)
        {
            if (await isThere) _pending[credential] = Interlocked.Increment(ref _added);
            _unsure.TryRemove(credential, out _);
        }
    }

    private Task WriteAsync(IDatabase database, Digest credential)
    {
        var content = new byte[Digest.Size];
        credential.CopyTo(content);
        return Task.WhenAll(
            credential == Everyone ? shared.WithdrawAllAsync(database) : database.KeyDeleteAsync(names.Proof(credential), CommandFlags.DemandMaster),
            !RedisTopology.HasStreams(database.Multiplexer) ? Task.CompletedTask : database.StreamAddAsync(
                names.Refusals, Field, RedisRecord.Encode(RecordName, content), messageId: null, StreamLength, useApproximateMaxLength: true,
                CommandFlags.DemandMaster));
    }

    private async Task<bool> ReadAsync(IDatabase database)
    {
        if (!RedisTopology.HasStreams(database.Multiplexer)) return false;
        if (_readTo is null)
        {
            // What was refused before this gateway came has withdrawn what was shared; what it proved before it could read may be refused by now.
            var newest = await database.StreamRangeAsync(names.Refusals, "-", "+", 1, Order.Descending, CommandFlags.DemandMaster);
            proofs.BeginToListen();
            _readTo = newest is [var last] ? last.Id : await BeginAsync(database);
            return true;
        }

        var entries = await database.StreamRangeAsync(names.Refusals, _readTo, "+", StreamLength * 2, Order.Ascending, CommandFlags.DemandMaster);
        var isPlaceThere = entries.Length > 0 && entries[0].Id == _readTo;
        var unheard = !isPlaceThere;
        foreach (var entry in entries.AsSpan(isPlaceThere ? 1 : 0)) unheard |= !TryHeed(entry);
        if (unheard) await ForgetAllAsync(database);
        _readTo = entries.Length > 0 ? entries[^1].Id! : await BeginAsync(database);
        return true;
    }

    /// <summary>Gives an empty stream a first entry: a place whose loss can be seen.</summary>
    private async Task<string> BeginAsync(IDatabase database)
    {
        var id = await database.StreamAddAsync(names.Refusals, Beginning, RedisValue.EmptyString, flags: CommandFlags.DemandMaster);
        await database.KeyExpireAsync(names.Refusals, StreamLife, CommandFlags.DemandMaster);
        return id!;
    }

    private Task ForgetAllAsync(IDatabase database)
    {
        proofs.ForgetAll();
        return shared.WithdrawAllAsync(database);
    }

    /// <returns>Whether the entry could be read, and is about one credential or none.</returns>
    private bool TryHeed(StreamEntry entry)
    {
        if (!entry[Beginning].IsNull) return true;
        var value = entry[Field];
        if (value.IsNull || !RedisRecord.TryDecode(RecordName, (byte[])value!, out var content) || content.Length != Digest.Size) return false;
        var credential = Digest.FromBytes(content);
        if (credential == Everyone) return false;

        // A gateway that had just proven it may have shared the proof after the refusal took it away.
        if (proofs.HasProof(credential)) shared.Remove(credential);
        proofs.Refuse(credential);
        return true;
    }

    private string RecordName => $"{names.Refusals}:{keys.SecretMark}";
}
