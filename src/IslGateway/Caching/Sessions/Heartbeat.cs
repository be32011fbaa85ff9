using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Keeps this gateway on the roll in Redis, in the background, and reads who else is there. See <see cref="GatewayRoll"/>.</summary>
internal sealed partial class RedisRoll(
    RedisConnection connection,
    RedisGate redis,
    RedisNames names,
    KeyComposer keys,
    RedisRaises raises,
    UnfinishedUpdates unfinished,
    GatewayRoll roll,
    TimeProvider time,
    ILogger<RedisRoll> logger)
    : BackgroundService
{
    private static readonly TimeSpan RenewInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a gateway that is off the roll looks for a connection; that sends nothing.</summary>
    private static readonly TimeSpan EnterInterval = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan EnterBudget = TimeSpan.FromSeconds(1);

    /// <summary>A roll that nobody has entered for so long is not needed.</summary>
    private static readonly TimeSpan RollLife = TimeSpan.FromDays(1);

    /// <summary>What the secret is made known by: a digest of this under it. No user's id, as UTF-8, has the byte 0xFF.</summary>
    private static readonly Digest SecretName = Digest.Of([0xFF, .. "secret"u8]);

    private const int SecretDigits = 16;

    private int _breaks = -1;
    private byte[] _secret = [];
    private long _prolongedAt;
    private string? _told;
    private bool _toldMixed;
    private bool _toldUnexpected;

    /// <summary>Whether this gateway stands on the roll, by the connection and under the secret that it entered by.</summary>
    public bool IsEntered => roll.Self is not null && Volatile.Read(ref _breaks) == connection.Breaks && Volatile.Read(ref _secret).AsSpan().SequenceEqual(keys.Secret());

    /// <summary>Whether every gateway shows a sign of life, from the moment of this call on. Null: somebody new has come; ask again.</summary>
    public async Task<bool?> IsCompleteAsync(IDatabase database)
    {
        if (roll.Self is not { } self) return false;
        var asked = roll.ToAsk();
        var (members, present) = await ReadAsync(database, asked);
        if (roll.IsComplete(self, members, present)) return IsEntered;
        if (members.All(asked.Contains)) return false;
        roll.Observe(self, members, present);
        return null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var isIn = await TryKeepAsync(stoppingToken);
                await Task.Delay(isIn || connection.IsUp ? RenewInterval : EnterInterval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await redis.AskPacedAsync(LeaveAsync, EnterBudget, CancellationToken.None);
        }
    }

    private async Task<bool> TryKeepAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (!IsEntered) roll.Lose();
            var isIn = IsEntered ? await RenewAsync(stoppingToken) : await EnterAsync(stoppingToken);
            if (isIn) await TidyAsync(stoppingToken);
            TellChange();
            return isIn;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            if (!_toldUnexpected) LogUnexpected(exception);
            _toldUnexpected = true;
            return false;
        }
    }

    private async Task<bool> EnterAsync(CancellationToken stoppingToken)
    {
        // Where Redis has failed over, the old server may still show the old sign to others.
        var secret = keys.Secret();
        if (!connection.IsUp || roll.BeginEntry(keys.Conceal(SecretName).ToString()[..SecretDigits]) is not { } name) return false;
        var entered = false;
        try
        {
            var breaks = connection.Breaks;
            var reply = await redis.AskPacedAsync(database => EnterAsync(database, name, breaks), EnterBudget, stoppingToken);

            // Something that is no roll stands in its place: it goes, and every gateway enters anew.
            if (reply.Trouble == RedisTrouble.Garbage) redis.Tell(database => database.KeyDeleteAsync(names.Gateways, CommandFlags.DemandMaster));
            if (!reply.Value || connection.Breaks != breaks) return false;
            _prolongedAt = time.GetTimestamp();
            Volatile.Write(ref _secret, secret);
            Volatile.Write(ref _breaks, breaks);
            return entered = true;
        }
        finally
        {
            roll.EndEntry(name, entered);
        }
    }

    private async Task<bool> EnterAsync(IDatabase database, string name, int breaks)
    {
        var (members, _) = await ReadAsync(database, []);
        (members, var present) = await ReadAsync(database, members);

        // A server that came back may have older tokens than it had. Whoever was here throughout has seen to that; if nobody was, it is done now.
        if (breaks != _breaks && (_breaks >= 0 || present.Count == 0)) raises.Pending.Add([BeliefVersions.Everyone], TimeSpan.Zero);
        await raises.ReplayAsync(database);

        await database.StringSetAsync(names.Gateway(name), RedisValue.EmptyString, GatewayRoll.Life, When.Always, CommandFlags.DemandMaster);
        if (!roll.TrySign(name)) return false;
        await database.SetAddAsync(names.Gateways, name, CommandFlags.DemandMaster);
        await database.KeyExpireAsync(names.Gateways, RollLife, flags: CommandFlags.DemandMaster);
        roll.Observe(name, [.. members.Append(name)], present);
        return true;
    }

    private async Task<bool> RenewAsync(CancellationToken stoppingToken)
    {
        var self = roll.Self!;

        // No sign while a raise is not acknowledged: Redis may refuse to write and yet prolong.
        if (!raises.Pending.IsEmpty && !(await redis.AskPacedAsync(raises.ReplayAsync, GatewayRoll.Life, stoppingToken)).IsOk) return false;
        var reply = await redis.AskPacedAsync(database => RenewAsync(database, self), GatewayRoll.Life, stoppingToken);
        if (reply.Value) return true;
        roll.Lose();
        return false;
    }

    private async Task<bool> RenewAsync(IDatabase database, string self)
    {
        var renewing = database.KeyExpireAsync(names.Gateway(self), GatewayRoll.Life, flags: CommandFlags.DemandMaster);
        var reading = ReadAsync(database, roll.ToAsk());
        var renewed = await renewing;
        if (renewed) roll.Signed();
        var (members, present) = await reading;
        if (!renewed || !members.Contains(self)) return false;
        roll.Observe(self, members, present);
        return true;
    }

    /// <summary>Strikes off what is left of earlier entries, and gateways that are missing for good, whose raises nobody will make up for.</summary>
    private async Task TidyAsync(CancellationToken stoppingToken)
    {
        var (former, overdue, mixture) = (roll.Former, roll.Overdue, roll.PassedMixture);
        var prolong = time.GetElapsedTime(_prolongedAt) > RollLife / 4;
        if (former.Count == 0 && overdue.Count == 0 && mixture is null && !prolong) return;
        var reply = await redis.AskPacedAsync(
            async database =>
            {
                if (overdue.Count > 0 || mixture is not null)
                {
                    raises.Pending.Add([BeliefVersions.Everyone], TimeSpan.Zero);
                    await raises.ReplayAsync(database);
                }

                foreach (var name in former.Concat(overdue)) await database.SetRemoveAsync(names.Gateways, name, CommandFlags.DemandMaster);
                return await database.KeyExpireAsync(names.Gateways, RollLife, flags: CommandFlags.DemandMaster);
            },
            EnterBudget, stoppingToken);
        if (!reply.IsOk) return;
        if (mixture is { } passed) roll.EndMixture(passed);
        _prolongedAt = time.GetTimestamp();
        foreach (var name in overdue) LogStruckOff(name);
    }

    /// <summary>In good order: nothing of this gateway's is left to wait for. Updates still under way will see no second raise from here.</summary>
    private async Task<bool> LeaveAsync(IDatabase database)
    {
        if (unfinished.Users is { Count: > 0 } users) raises.Pending.Add(users, unfinished.UnsettledFor);
        if (!await raises.ReplayAsync(database) || roll.Self is not { } self) return false;
        roll.Lose();
        foreach (var name in roll.Former.Append(self)) await database.SetRemoveAsync(names.Gateways, name, CommandFlags.DemandMaster);
        return await database.KeyDeleteAsync(names.Gateway(self), CommandFlags.DemandMaster);
    }

    /// <summary>The roll, and which of the names asked about show a sign.</summary>
    private async Task<(IReadOnlyList<string> Members, IReadOnlySet<string> Present)> ReadAsync(IDatabase database, IReadOnlyList<string> asked)
    {
        var members = database.SetMembersAsync(names.Gateways, CommandFlags.DemandMaster);
        var signs = Task.WhenAll(asked.Select(name => database.KeyExistsAsync(names.Gateway(name), CommandFlags.DemandMaster)));
        await Task.WhenAll(members, signs);
        return ([.. members.Result.Select(name => (string)name!)], asked.Where((_, i) => signs.Result[i]).ToHashSet());
    }

    private void TellChange()
    {
        // Redis itself is told of elsewhere.
        if (!IsEntered) return;
        var (missing, mixed) = (roll.Missing, roll.IsMixed);
        if (mixed && !_toldMixed) LogMixed();
        else if (!mixed && _toldMixed) LogUnmixed();
        _toldMixed = mixed;
        if (missing == _told) return;
        if (missing is not null) LogMissing(missing);
        else LogComplete();
        _told = missing;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session answers are not cached: gateway {Gateway} is missing and may know of updates that Redis does not")]
    private partial void LogMissing(string gateway);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session answers are not cached: another gateway has another Cache:KeySecret and does not see this one's updates")]
    private partial void LogMixed();

    [LoggerMessage(Level = LogLevel.Information, Message = "No gateway with another Cache:KeySecret is left")]
    private partial void LogUnmixed();

    [LoggerMessage(Level = LogLevel.Information, Message = "Session answers are cached again: no gateway is missing")]
    private partial void LogComplete();

    [LoggerMessage(Level = LogLevel.Error, Message = "The roll of gateways in Redis cannot be kept; it is tried again, session answers are not cached meanwhile")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Gateway {Gateway} has ended, or was missing for too long, and is struck off the roll")]
    private partial void LogStruckOff(string gateway);
}
