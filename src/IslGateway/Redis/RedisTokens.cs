using IslGateway.Content;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Shares the tokens (<see cref="TokenSet"/>) through one hash in Redis: a field for each, whose value is a <see cref="RedisRecord"/> of a
/// <see cref="TokenRecord"/>; and <c>change</c>, random and new with every write, so that whoever looks sees at once whether there is
/// anything new. A write is made only if the server, and each field that it touches, are still what was read, and not long after that.
/// Where Redis refuses any of this, the tokens that are known stay in force, and what is owed stays owed. Where it does not tell its run id
/// (no right to <c>INFO</c>), all servers count as one: then an older snapshot, with no gateway alive that knows better, brings back what
/// it holds.
/// </summary>
internal sealed partial class RedisTokens(
    TokenSet tokens, RedisGate redis, RedisConnection connection, RedisNames names, RedisTroubles troubles, RedisHealth health,
    TimeProvider time, ILogger<RedisTokens> logger)
    : IChangeReader, IHostedService, IDisposable
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(500);

    /// <summary>Longer than any entry lives under the tokens; it begins anew every day.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private static readonly TimeSpan RenewAt = TimeSpan.FromDays(29);

    /// <summary>All is read so often though nothing says that it changed: something else may have.</summary>
    private static readonly TimeSpan ReadAllAfter = TimeSpan.FromSeconds(5);

    /// <summary>What is written is read again, and others may write in between.</summary>
    private const int MaxRounds = 5;

    /// <summary>
    /// ARGV: the change and the server that were read last, the life in ms below which it begins anew, the life. Returns server (empty:
    /// unknown), seconds, microseconds, type, a command that is not permitted or nothing; if there is anything new, also change and the
    /// hash. What is of a wrong type goes.
    /// </summary>
    private static readonly RedisScript Read = new(
        """
        local info = redis.pcall('INFO', 'server')
        local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
        local denied = type(info) == 'table' and info.err and 'info' or ''
        local time = call('TIME')
        local kind = call('TYPE', KEYS[1]).ok
        if kind ~= 'hash' and kind ~= 'none' then call('DEL', KEYS[1]) end
        if kind == 'hash' and call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then call('PEXPIRE', KEYS[1], ARGV[4]) end
        local change = call('HGET', KEYS[1], 'change') or ''
        local isNew = change ~= ARGV[1] or server ~= ARGV[2]
        return {server, time[1], time[2], kind, denied, isNew and call('HGETALL', KEYS[1]) or nil}
        """);

    /// <summary>
    /// ARGV: the server and the second of the reading, the new change, the life in ms, then for each field its name, what was read, and
    /// what to write; nothing, to remove it. Returns whether it was made.
    /// </summary>
    private static readonly RedisScript Write = new(
        """
        local info = redis.pcall('INFO', 'server')
        local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
        if server ~= ARGV[1] or call('TIME')[1] - ARGV[2] > 2 then return 0 end
        for i = 5, #ARGV, 3 do
          if (call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then return 0 end
        end
        call('HSET', KEYS[1], 'change', ARGV[3])
        for i = 5, #ARGV, 3 do
          if ARGV[i + 2] == '' then call('HDEL', KEYS[1], ARGV[i]) else call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
        end
        call('PEXPIRE', KEYS[1], ARGV[4])
        return 1
        """);

    private readonly SemaphoreSlim _one = new(1);
    private (string Change, string Server, long At) _read = ("none", "", 0);

    /// <summary>Reads what is new, and writes what Redis lacks or is owed. While Redis is away nothing is asked. Does not throw.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            for (var round = 0; round < MaxRounds && connection.IsUp; round++)
            {
                if (await ReadAsync(cancellationToken) is not { } reading) return;
                var writes = tokens.Take(reading);
                for (var n = 0; n < reading.Damaged; n++) troubles.Count(RedisTrouble.Garbage);
                if (writes.Count == 0) _read = (reading.Change, reading.RunId, time.GetTimestamp());
                if (writes.Count == 0 || !await WriteAsync(reading, writes, cancellationToken)) return;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The last chance for what is owed: it dies with the process.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        tokens.OwesAny ? CatchUpAsync(CancellationToken.None) : Task.CompletedTask;

    public void Dispose() => _one.Dispose();

    /// <returns>Null: nothing is new, or Redis did not answer.</returns>
    private async Task<TokenReading?> ReadAsync(CancellationToken cancellationToken)
    {
        var (change, server, at) = _read;
        if (tokens.OwesAny || time.GetElapsedTime(at) > ReadAllAfter) change = "none";
        var reply = await redis.AskPacedAsync(
            database => Read.RunAsync(
                database, [names.Tokens], [change, server, (long)RenewAt.TotalMilliseconds, (long)Life.TotalMilliseconds]),
            Budget, cancellationToken);
        if (!reply.IsOk) return null;
        var parts = (RedisResult[])reply.Value!;
        if ((string)parts[3]! is not ("hash" or "none")) troubles.Count(RedisTrouble.Garbage);
        if ((string)parts[4]! is { Length: > 0 } denied) health.Refusals.Add(denied);
        return parts is not [_, _, _, _, _, var hash] ? null : new TokenReading(
            names.Tokens, (string)parts[0]!, ((long)parts[1] * 1_000_000) + (long)parts[2],
            ((RedisValue[])hash!).Chunk(2).ToDictionary(field => (string)field[0]!, field => (byte[])field[1]!));
    }

    /// <returns>Whether Redis answered. It may have changed since it was read: then it is read again.</returns>
    private async Task<bool> WriteAsync(TokenReading reading, IReadOnlyList<TokenWrite> writes, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            reading.RunId, reading.Time / 1_000_000, Digest.Random().ToString(), (long)Life.TotalMilliseconds,
            .. writes.SelectMany(write => new RedisValue[]
            {
                write.Mine.Field, reading.Raw(write.Mine.Field),
                write.Stamp is { } stamp ? reading.Encode(write.Mine.Field, write.Token, stamp) : RedisValue.EmptyString,
            }),
        ];
        var reply = await redis.AskPacedAsync(database => Write.RunAsync(database, [names.Tokens], arguments), Budget, cancellationToken);
        if (!reply.IsOk || !(bool)reply.Value!) return reply.IsOk;
        tokens.Acknowledge(writes);
        redis.Tell(name: null, database => RedisChannels.PublishAsync(database, names.News, RedisValue.EmptyString));
        if (writes.Any(write => write.IsLoss)) LogRepaired();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis has lost data, or came back with older data: this gateway has written back what it knows, and nothing purged comes back")]
    private partial void LogRepaired();
}
