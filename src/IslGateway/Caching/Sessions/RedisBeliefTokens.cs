using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Tokens in Redis, read from the primary at every lookup, so that an update that passed any gateway counts at all of them. A token that was
/// evicted, flushed or damaged is replaced by a fresh one, never read as an old one: that can only lose hits.
/// </summary>
internal sealed class RedisBeliefTokens(RedisGate redis, RedisNames names, KeyComposer keys, SettingsMonitor settings, TimeProvider time)
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

    public async ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> users, CancellationToken cancellationToken)
    {
        var reply = await redis.AskAsync(
            async database => await ReplayAsync(database) ? await ReadAsync(database, users) : null, settings.Current.Cache.LookupBudget, cancellationToken);
        return reply.Value;
    }

    public async ValueTask RaiseAsync(IReadOnlyList<Digest> users)
    {
        _pending.Add(users);
        await redis.AskAsync(ReplayAsync, RaiseBudget, CancellationToken.None);
    }

    /// <summary>Makes up for raises that Redis did not acknowledge, whether or not this gateway is asked again.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ReplayInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!_pending.IsEmpty) await redis.AskAsync(ReplayAsync, RaiseBudget, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            if (!_pending.IsEmpty) await redis.AskAsync(ReplayAsync, RaiseBudget, CancellationToken.None);
        }
    }

    /// <summary>Makes up for every raise that has not been acknowledged.</summary>
    private async Task<bool> ReplayAsync(IDatabase database)
    {
        var (version, users) = _pending.Snapshot();
        if (users.Count == 0) return true;
        await Task.WhenAll(users.Select(user => SetAsync(database, NameOf(user), Digest.Random(), When.Always)));
        _pending.Acknowledge(version, users);
        return _pending.IsEmpty;
    }

    private async Task<Digest[]?> ReadAsync(IDatabase database, IReadOnlyList<Digest> users)
    {
        var values = await Task.WhenAll(users.Select(user => database.StringGetAsync(NameOf(user), CommandFlags.DemandMaster)));
        var tokens = new Digest[users.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            var name = NameOf(users[i]);
            if (Decode(name, values[i]) is { } token)
            {
                tokens[i] = token;
                continue;
            }

            // Missing or damaged: a fresh one, unless another gateway was first. A damaged one gives way to it at the next lookup.
            var fresh = Digest.Random();
            if (!values[i].IsNull) await database.KeyDeleteAsync(name, CommandFlags.DemandMaster);
            if (!await SetAsync(database, name, fresh, When.NotExists)) return null;
            tokens[i] = fresh;
        }

        return tokens;
    }

    private static Digest? Decode(string name, RedisValue value) =>
        !value.IsNull && RedisRecord.TryDecode(name, (byte[])value!, out var content) && content.Length == Digest.Size ? Digest.FromBytes(content) : null;

    private static Task<bool> SetAsync(IDatabase database, string name, Digest token, When when)
    {
        var content = new byte[Digest.Size];
        token.CopyTo(content);
        return database.StringSetAsync(name, RedisRecord.Encode(name, content), TokenLife, when, CommandFlags.DemandMaster);
    }

    private string NameOf(Digest user) => names.Belief(keys.Conceal(user));
}
