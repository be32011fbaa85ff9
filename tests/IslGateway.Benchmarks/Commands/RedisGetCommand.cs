using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace IslGateway.Benchmarks.Commands;

/// <summary>
/// What <c>compare</c> starts on the server's core: reads one of the gateway's entries again and again, with nothing around it, and prints
/// the median in microseconds.
/// </summary>
internal static class RedisGetCommand
{
    private const int SmallestEntry = 2_000;

    public static Command Create()
    {
        var redis = new Option<string>("--redis") { Required = true };
        var seconds = new Option<double>("--seconds") { Required = true };
        var command = new Command("redis-get", "Measures a bare StringGetLease.") { redis, seconds };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(redis)!, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string address, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(address);
        var database = connection.GetDatabase();
        var key = await EntryAsync(connection, database, cancellationToken);
        await TimesAsync(database, key, time / 2, cancellationToken);
        var times = await TimesAsync(database, key, time, cancellationToken);
        times.Sort();
        await Console.Out.WriteLineAsync(times[times.Count / 2].ToString("F1", CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<RedisKey> EntryAsync(
        ConnectionMultiplexer connection, IDatabase database, CancellationToken cancellationToken)
    {
        await foreach (var key in connection.GetServers()[0].KeysAsync(pattern: "*").WithCancellation(cancellationToken))
        {
            if (await database.KeyTypeAsync(key) == RedisType.String && await database.StringLengthAsync(key) >= SmallestEntry) return key;
        }

        throw new InvalidOperationException("Redis has no entry.");
    }

    private static async Task<List<double>> TimesAsync(IDatabase database, RedisKey key, TimeSpan time, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = Stopwatch.GetTimestamp();
            using var lease = await database.StringGetLeaseAsync(key);
            times.Add(Stopwatch.GetElapsedTime(before).TotalMicroseconds);
        }

        return times;
    }
}
