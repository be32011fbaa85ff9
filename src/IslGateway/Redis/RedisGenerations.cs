using IslGateway.Content;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Shares purge tokens through one hash in Redis: a field for each scope, each value a <see cref="RedisRecord"/> that names its field. What is
/// missing or damaged there is replaced by a token that was never in use; no old one is ever written back.
/// </summary>
internal sealed partial class RedisGenerations(
    Generations generations, RedisGate redis, RedisConnection connection, RedisNames names, RedisTroubles troubles, RedisNews news, TimeProvider time,
    ILogger<RedisGenerations> logger)
    : INewsReader, IHostedService, IDisposable
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(500);

    /// <summary>Longer than any entry lives under the tokens; losing them costs a miss of everything.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private static readonly TimeSpan RenewAfter = TimeSpan.FromHours(1);

    /// <summary>Losses that follow one upon another are told of once.</summary>
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(1);

    /// <summary>A key of a wrong type goes, fields are made, and then they are read.</summary>
    private const int MaxReadings = 3;

    private readonly SemaphoreSlim _replaying = new(1);
    private long? _renewedAt;
    private long? _toldLostAt;

    /// <summary>Writes what is pending, then reads what stands. While Redis is away nothing is asked.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!connection.IsUp) return;
        await ReplayAsync(cancellationToken);
        for (var reading = 0; reading < MaxReadings; reading++)
        {
            if (!await ReadAsync(cancellationToken)) return;
        }
    }

    /// <summary>
    /// Tells Redis of every purge that it has not acknowledged; each attempt with a new token, since an earlier one may have got there late
    /// and be in use elsewhere.
    /// </summary>
    public async Task ReplayAsync(CancellationToken cancellationToken)
    {
        await _replaying.WaitAsync(cancellationToken);
        try
        {
            var written = generations.Pending().Select(pending => (pending.Generation, pending.PurgedAt, Token: Digest.Random())).ToList();
            if (written.Count == 0) return;
            HashEntry[] fields = [.. written.Select(one => new HashEntry(one.Generation.Field, Encode(one.Generation, one.Token)))];
            var reply = await redis.AskPacedAsync(
                async database =>
                {
                    var set = database.HashSetAsync(names.Generations, fields, CommandFlags.DemandMaster);
                    await Task.WhenAll(set, database.KeyExpireAsync(names.Generations, Life, CommandFlags.DemandMaster));
                    return true;
                },
                Budget, cancellationToken);
            if (!reply.IsOk) return;
            foreach (var one in written) generations.Acknowledge(one.Generation, one.PurgedAt, one.Token);
            news.Publish();
        }
        finally
        {
            _replaying.Release();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The last chance for what is pending: it dies with the process.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => ReplayAsync(CancellationToken.None);

    public void Dispose() => _replaying.Dispose();

    /// <returns>Whether something was mended, so that it has to be read again.</returns>
    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var asOf = generations.Change;
        var reply = await redis.AskPacedAsync(
            database => database.HashGetAllAsync(names.Generations, CommandFlags.DemandMaster), Budget, cancellationToken);
        if (reply.Trouble == RedisTrouble.Garbage)
            return (await redis.AskPacedAsync(database => database.KeyDeleteAsync(names.Generations, CommandFlags.DemandMaster), Budget, cancellationToken)).IsOk;
        if (!reply.IsOk) return false;

        var read = Decode(reply.Value!);
        var lost = generations.Take(read, asOf);
        if (generations.WereRead && lost.Any(one => !read.ContainsKey(one.Field))) TellLost();
        if (lost.Count > 0) return await RenewAsync([.. lost.Select(one => (one, read.ContainsKey(one.Field)))], cancellationToken);
        if (_renewedAt is not { } at || time.GetElapsedTime(at) > RenewAfter) await RenewAsync([], cancellationToken);
        return false;
    }

    /// <summary>Writes new tokens: where there is none, unless another gateway is first; where there is a wrong one, in its place.</summary>
    private async Task<bool> RenewAsync(IReadOnlyList<(Generation Generation, bool IsThere)> lost, CancellationToken cancellationToken)
    {
        var reply = await redis.AskPacedAsync(
            async database =>
            {
                var writes = lost.Select(one => (Task)database.HashSetAsync(
                    names.Generations, one.Generation.Field, Encode(one.Generation, Digest.Random()),
                    one.IsThere ? When.Always : When.NotExists, CommandFlags.DemandMaster)).ToList();
                writes.Add(database.KeyExpireAsync(names.Generations, Life, CommandFlags.DemandMaster));
                await Task.WhenAll(writes);
                return true;
            },
            Budget, cancellationToken);
        if (reply.IsOk) _renewedAt = time.GetTimestamp();
        return reply.IsOk;
    }

    private Dictionary<string, Digest?> Decode(HashEntry[] fields)
    {
        var read = new Dictionary<string, Digest?>(fields.Length, StringComparer.Ordinal);
        foreach (var generation in generations.All)
        {
            var at = Array.FindIndex(fields, field => field.Name == generation.Field);
            if (at < 0) continue;
            read[generation.Field] = RedisRecord.TryDecode(RecordName(generation), (byte[])fields[at].Value!, out var content) && content.Length == Digest.Size
                ? Digest.FromBytes(content)
                : null;
            if (read[generation.Field] is null) troubles.Count(RedisTrouble.Garbage);
        }

        return read;
    }

    private byte[] Encode(Generation generation, Digest token)
    {
        Span<byte> content = stackalloc byte[Digest.Size];
        token.CopyTo(content);
        return RedisRecord.Encode(RecordName(generation), content);
    }

    private string RecordName(Generation generation) => $"{names.Generations}:{generation.Field}";

    private void TellLost()
    {
        if (_toldLostAt is { } at && time.GetElapsedTime(at) < BetweenWarnings) return;
        _toldLostAt = time.GetTimestamp();
        LogLost();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis has lost its data, or a purge token: what was stored before is not served again, since nobody can tell what had been purged")]
    private partial void LogLost();
}
