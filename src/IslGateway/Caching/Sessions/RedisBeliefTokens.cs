using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Tokens in Redis, read from the primary at every lookup, so that an update that passed any gateway counts at all of them. Key:
/// <c>{Cache:Prefix}:v1:belief:{digest of the name}</c>. A token that was evicted, flushed or damaged is replaced by a fresh one, never read
/// as an old one: that can only lose hits.
/// </summary>
internal sealed class RedisBeliefTokens(RedisConnection connection, KeyComposer keys, SettingsMonitor settings, TimeProvider time)
    : BackgroundService, IBeliefTokens
{
    /// <summary>How long an update waits for its raise to be acknowledged before it goes on without.</summary>
    private static readonly TimeSpan RaiseBudget = TimeSpan.FromMilliseconds(250);

    /// <summary>Far longer than a session answer is fresh; a token that expires costs a miss.</summary>
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(1);

    /// <summary>How often a raise that was not acknowledged is tried again.</summary>
    private static readonly TimeSpan ReplayInterval = TimeSpan.FromMilliseconds(250);

    private readonly PendingRaises _pending = new();

    public bool AreShared => true;

    public async ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> names, CancellationToken cancellationToken)
    {
        if (!connection.TryGetDatabase(out var database)) return null;
        return await WithinAsync(
            settings.Current.Cache.LookupBudget,
            async () => await ReplayAsync(database) ? await ReadAsync(database, names) : null,
            cancellationToken);
    }

    public async ValueTask RaiseAsync(IReadOnlyList<Digest> names)
    {
        _pending.Add(names);
        await TryReplayAsync();
    }

    /// <summary>Makes up for raises that Redis did not acknowledge, whether or not this gateway is asked again.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ReplayInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!_pending.IsEmpty) await TryReplayAsync();
            }
        }
        catch (OperationCanceledException)
        {
            if (!_pending.IsEmpty) await TryReplayAsync();
        }
    }

    private async Task TryReplayAsync()
    {
        if (connection.TryGetDatabase(out var database))
            await WithinAsync(RaiseBudget, async () => await ReplayAsync(database) ? [] : null, CancellationToken.None);
    }

    /// <summary>Makes up for every raise that has not been acknowledged.</summary>
    private async Task<bool> ReplayAsync(IDatabase database)
    {
        var (version, names) = _pending.Snapshot();
        if (names.Count == 0) return true;
        await Task.WhenAll(names.Select(name => database.StringSetAsync(
            KeyOf(name), BeliefToken.Encode(KeyOf(name), Digest.Random()), TokenLife, When.Always, CommandFlags.DemandMaster)));
        _pending.Acknowledge(version, names);
        return _pending.IsEmpty;
    }

    private async Task<Digest[]?> ReadAsync(IDatabase database, IReadOnlyList<Digest> names)
    {
        var values = await Task.WhenAll(names.Select(name => database.StringGetAsync(KeyOf(name), CommandFlags.DemandMaster)));
        var tokens = new Digest[names.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            var key = KeyOf(names[i]);
            if ((values[i].IsNull ? null : BeliefToken.Decode(key, (byte[])values[i]!)) is { } token)
            {
                tokens[i] = token;
                continue;
            }

            // Missing or damaged: a fresh one, unless another gateway was first. A damaged one gives way to it at the next lookup.
            var fresh = Digest.Random();
            if (!values[i].IsNull) await database.KeyDeleteAsync(key, CommandFlags.DemandMaster);
            if (!await database.StringSetAsync(key, BeliefToken.Encode(key, fresh), TokenLife, When.NotExists, CommandFlags.DemandMaster)) return null;
            tokens[i] = fresh;
        }

        return tokens;
    }

    private string KeyOf(Digest name) => $"{settings.Current.Cache.Prefix}:v{AnswerEnvelope.Version}:belief:{keys.Conceal(name)}";

    private async Task<Digest[]?> WithinAsync(TimeSpan budget, Func<Task<Digest[]?>> work, CancellationToken cancellationToken)
    {
        var task = work();
        try
        {
            return await task.WaitAsync(budget, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Late.Observe(task);
            return null;
        }
    }
}
