using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.Redis;

namespace IslGateway.Caching.Epochs;

/// <summary>The last known epochs in Redis: written by every gateway that has evidence, read by gateways that have none.</summary>
internal sealed class SharedEpochs(
    RedisRecords records, RedisNames names, ReplicaRegistry book, LastEpochs last, EndpointTable table, TimeProvider time)
    : IChangeReader
{
    /// <summary>Unchanged epochs are written again this often, so that their age in Redis stays right.</summary>
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(5);

    /// <summary>The longest time for which any stored answer could stand in for ISL.</summary>
    private readonly TimeSpan _life = table.Rows.Select(row => row.Lifetime.Whole).DefaultIfEmpty(TimeSpan.FromDays(1)).Max();

    private IReadOnlyList<Epoch> _written = [];
    private long _writtenAt;

    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var (epochs, age) = book.Evidenced();
        if (epochs.Count > 0) Write(epochs, age);
        else await ReadAsync(cancellationToken);
    }

    private void Write(IReadOnlyList<Epoch> epochs, TimeSpan age)
    {
        if (_written.SequenceEqual(epochs) && time.GetElapsedTime(_writtenAt) < WriteInterval) return;
        (_written, _writtenAt) = (epochs, time.GetTimestamp());
        records.TellAged(
            names.Epochs, JsonSerializer.SerializeToUtf8Bytes(epochs), _life, age < _life ? age : _life - TimeSpan.FromMilliseconds(1));
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reply = await records.FindAgedAsync(names.Epochs, asker: null, cancellationToken);
        if (reply.Value is { IsVouchedFor: true } record && JsonSerializer.Deserialize<IReadOnlyList<Epoch>>(record.Content) is { } epochs)
            last.Adopt(epochs, record.Age);
    }
}
