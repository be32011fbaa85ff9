using IslGateway.Caching.Keys;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The tier that gateways share. Whatever is wrong with Redis is a miss, counted and never thrown; a lookup takes
/// <c>Cache:LookupBudget</c> at the most.
/// </summary>
/// <remarks>
/// Key: <c>{Cache:Prefix}:v1:{row name}:{digest, 64 hexadecimal digits}</c>, the number being <see cref="AnswerEnvelope.Version"/>; value:
/// one <see cref="AnswerEnvelope"/>. Every key expires.
/// </remarks>
internal sealed class RedisStore(RedisConnection connection, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan WriteBudget = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestExpiry = TimeSpan.FromSeconds(1);

    private readonly RedisTroubles _troubles = new(metrics);
    private readonly RedisBreaker _breaker = new(time);

    /// <summary>Finds the first of the digests, newest epoch first, that has an answer; all are asked for in one round trip.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<KeyedAnswer?> GetAsync(EndpointRow row, IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        if (!connection.IsConfigured || digests.Count == 0) return null;
        if (!connection.TryGetDatabase(out var database))
        {
            _troubles.Count(RedisTrouble.Unavailable);
            return null;
        }

        var reply = await _breaker.RunAsync(
            static (lookup, token) => lookup.Store.LookUpAsync(lookup.Database, lookup.Row, lookup.Digests, token),
            (Store: this, Database: database, Row: row, Digests: digests), cancellationToken);
        _troubles.Count(reply.Trouble);
        return reply.Found;
    }

    /// <summary>Keeps an answer for what is left of its <see cref="StoredAnswer.KeepFor"/>, at least 1 s. Never throws.</summary>
    public Task SetAsync(EndpointRow row, Digest digest, StoredAnswer answer, CancellationToken cancellationToken)
    {
        var remaining = answer.RemainingAt(time.GetUtcNow());
        if (remaining <= TimeSpan.Zero) return Task.CompletedTask;
        var expiry = remaining > ShortestExpiry ? remaining : ShortestExpiry;
        return WriteAsync(
            database => database.StringSetAsync(KeyOf(row, digest), AnswerEnvelope.Encode(digest, answer), new Expiration(expiry)),
            cancellationToken);
    }

    /// <summary>Removes an answer. Never throws.</summary>
    public Task DeleteAsync(EndpointRow row, Digest digest, CancellationToken cancellationToken) =>
        WriteAsync(database => database.KeyDeleteAsync(KeyOf(row, digest)), cancellationToken);

    private RedisKey KeyOf(EndpointRow row, Digest digest) =>
        $"{settings.Current.Cache.Prefix}:v{AnswerEnvelope.Version}:{row.Name}:{digest}";

    private async ValueTask<RedisReply> LookUpAsync(
        IDatabase database, EndpointRow row, IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        var keys = new RedisKey[digests.Count];
        var reads = new Task<Lease<byte>?>[digests.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = KeyOf(row, digests[i]);
            reads[i] = Read(database, keys[i]);
        }

        try
        {
            // The client checks its own time-outs once a second only.
            await SettleAsync(reads)
                .WaitAsync(settings.Current.Cache.LookupBudget, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            return Judge(database, keys, reads, digests);
        }
        finally
        {
            foreach (var read in reads) Late.Dispose(read);
        }
    }

    private RedisReply Judge(IDatabase database, RedisKey[] keys, Task<Lease<byte>?>[] reads, IReadOnlyList<Digest> digests)
    {
        KeyedAnswer? found = null;
        var trouble = RedisTrouble.None;
        for (var i = 0; i < reads.Length; i++)
        {
            var fault = FaultOf(reads[i]);
            if (fault == RedisTrouble.None && found is null && reads[i].Result is { } lease)
            {
                if (!AnswerEnvelope.TryDecode(lease.Span, digests[i], out var answer)) fault = RedisTrouble.Garbage;
                else if (answer.RemainingAt(time.GetUtcNow()) > TimeSpan.Zero) found = new KeyedAnswer(digests[i], answer);
            }

            if (fault == RedisTrouble.Garbage)
            {
                _troubles.Count(fault);
                _ = Start(() => database.KeyDeleteAsync(keys[i], CommandFlags.FireAndForget));
            }
            else if (fault != RedisTrouble.None)
            {
                trouble = fault;
            }
        }

        return new RedisReply(found, trouble);
    }

    private static RedisTrouble FaultOf(Task read) => read.IsCompleted
        ? read.IsCanceled ? RedisTrouble.Unavailable : RedisTroubles.Of(read.Exception?.InnerException)
        : RedisTrouble.Timeout;

    private async Task WriteAsync(Func<IDatabase, Task> write, CancellationToken cancellationToken)
    {
        if (!connection.IsConfigured) return;
        if (_breaker.IsOpen || !connection.TryGetDatabase(out var database))
        {
            _troubles.Count(RedisTrouble.Unavailable);
            return;
        }

        var writing = Start(() => write(database));
        await writing.WaitAsync(WriteBudget, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Late.Observe(writing);
        if (writing.IsCompleted || !cancellationToken.IsCancellationRequested) _troubles.Count(FaultOf(writing));
    }

    private static Task<Lease<byte>?> Read(IDatabase database, RedisKey key)
    {
        try
        {
            return database.StringGetLeaseAsync(key);
        }
        catch (Exception exception)
        {
            return Task.FromException<Lease<byte>?>(exception);
        }
    }

    // The client throws some of its failures before there is a task.
    private static Task Start(Func<Task> command)
    {
        try
        {
            return command();
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    // Ends when all have ended, and never fails.
    private static async Task SettleAsync(Task[] tasks)
    {
        foreach (var task in tasks) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
