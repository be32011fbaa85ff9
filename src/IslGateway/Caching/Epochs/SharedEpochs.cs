using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// The last known epochs in Redis: written by every gateway that has evidence for them, read by one that has none. A record says how long it was
/// to live and Redis says how much of that is left, so that its age is told by one clock.
/// </summary>
internal sealed class SharedEpochs(
    RedisGate redis, RedisNames names, RedisTroubles troubles, ReplicaBook book, LastEpochs last, EndpointTable table, TimeProvider time)
    : INewsReader
{
    /// <summary>What does not change is written again this often, which keeps its age true.</summary>
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ReadBudget = TimeSpan.FromMilliseconds(250);

    /// <summary>As long as anything that is stored could stand in for ISL.</summary>
    private readonly TimeSpan _life = table.Rows.Select(row => row.Lifetime.Whole).DefaultIfEmpty(TimeSpan.FromDays(1)).Max();

    private IReadOnlyList<Epoch> _written = [];
    private long _writtenAt;

    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return;
        var (epochs, age) = book.Evidenced();
        if (epochs.Count > 0) Write(epochs, age);
        else await ReadAsync(cancellationToken);
    }

    private void Write(IReadOnlyList<Epoch> epochs, TimeSpan age)
    {
        if (_written.SequenceEqual(epochs) && time.GetElapsedTime(_writtenAt) < WriteInterval) return;
        (_written, _writtenAt) = (epochs, time.GetTimestamp());
        var content = JsonSerializer.SerializeToUtf8Bytes(new Record((long)_life.TotalMilliseconds, epochs));
        var left = age < _life ? _life - age : TimeSpan.FromMilliseconds(1);
        redis.Tell(database => database.StringSetAsync(
            names.Epochs, RedisRecord.Encode(names.Epochs, content), new Expiration(left), When.Always, CommandFlags.DemandMaster));
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await redis.AskAsync(
                database => database.StringGetWithExpiryAsync(names.Epochs, CommandFlags.DemandMaster), ReadBudget, cancellationToken);
            if (reply.Trouble == RedisTrouble.Garbage) Discard();
            if (!reply.IsOk || reply.Value.Value.IsNull) return;
            if (reply.Value.Expiry is { } left && Read((byte[])reply.Value.Value!) is { } record)
                last.Adopt(record.Epochs, TimeSpan.FromMilliseconds(Math.Max(0, record.Life - left.TotalMilliseconds)));
            else
                Discard();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private Record? Read(byte[] record)
    {
        try
        {
            return RedisRecord.TryDecode(names.Epochs, record, out var content) ? JsonSerializer.Deserialize<Record>(content) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Discard()
    {
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(database => database.KeyDeleteAsync(names.Epochs, CommandFlags.DemandMaster));
    }

    /// <param name="Life">How long the record was to live from the moment of the evidence, in milliseconds.</param>
    /// <param name="Epochs">The epochs, the most recently evidenced first.</param>
    private sealed record Record(long Life, IReadOnlyList<Epoch> Epochs);
}
