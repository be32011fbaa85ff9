using IslGateway.Content;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// What gateways share in Redis so that an update which passed one of them ends the session answers at all: who they are and when each was
/// last heard of, a token for each user and one for everyone. Each step is one script (<see cref="SessionScripts"/>).
/// <code>
/// gateways        sorted set: name of a gateway, Redis's time of its last heartbeat
/// everyone        hash: token; run: the run of the server in which it was made; secret: the one that names users' tokens
/// token of a user a <see cref="RedisRecord"/>
/// unsettled       an update of the user, or of everyone, that ISL left unanswered may yet be applied
/// </code>
/// </summary>
internal sealed class RedisSessions(RedisGate redis, RedisNames names, RedisTroubles troubles) : ISessionRaises
{
    /// <summary>
    /// How long after its last heartbeat a gateway counts as present. It may be carried out so long after it was sent, too.
    /// </summary>
    public static readonly TimeSpan SignLife = TimeSpan.FromMilliseconds(400);

    /// <summary>How long a gateway may be missing before it is struck off.</summary>
    public static readonly TimeSpan MissingFor = TimeSpan.FromSeconds(60);

    /// <summary>Far longer than a session answer is fresh; a token that expires costs a miss.</summary>
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(1);

    /// <summary>A set that nobody has entered for so long is not needed.</summary>
    private static readonly TimeSpan SetLife = TimeSpan.FromDays(1);

    /// <summary>How long an update waits for its raise to be acknowledged before it goes on without.</summary>
    private static readonly TimeSpan RaiseBudget = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LeaveBudget = TimeSpan.FromSeconds(1);

    /// <summary>Shows that a gateway is there.</summary>
    public ValueTask<RedisReply<SessionBeatReply>> BeatAsync(SessionBeat beat, CancellationToken cancellationToken) => redis.AskPacedAsync(
        async database =>
        {
            var reply = (RedisResult[])(await EvaluateAsync(
                database, SessionScripts.Beat, [names.Everyone, names.Gateways],
                [
                    beat.Gateway, beat.Secret, beat.Base, Ms(SignLife), Ms(MissingFor), Ms(SetLife), Flag(beat.WasThere),
                    Flag(beat.IsMoved), NewToken(names.Everyone), .. beat.Met.Select(name => (RedisValue)name),
                ]))!;
            if (reply is not [var now, var other, var gone, var missing, .. var all]) return new SessionBeatReply((long)reply[0], null);
            return new SessionBeatReply(
                (long)now,
                new SessionStanding(
                    (long)other > 0,
                    (long)gone,
                    (string?)missing is { Length: > 0 } one ? one : null,
                    [.. all.Select(name => (string)name!)]));
        },
        SignLife, cancellationToken);

    /// <summary>Takes a gateway away that ends in good order.</summary>
    public async Task LeaveAsync(string gateway) => await redis.AskPacedAsync(
        database => database.SortedSetRemoveAsync(names.Gateways, gateway, CommandFlags.DemandMaster), LeaveBudget, CancellationToken.None);

    /// <summary>
    /// The tokens that stand now. Nothing where no session answer is safe: a gateway shows no sign, this one is not there, the secret is
    /// another, an update may yet be applied, or Redis has lost what it knew and no heartbeat has come since.
    /// </summary>
    /// <param name="gateway">Who asks.</param>
    /// <param name="secret">The secret that names the user.</param>
    /// <param name="user">The user as it may leave the process.</param>
    /// <param name="makesOne">Whether a token that there is not is made; else it is all zeros.</param>
    /// <param name="asker">The request that waits for it, if one does.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<SessionTokens?> ReadAsync(
        string gateway, string secret, Digest user, bool makesOne, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var reply = await redis.AskAsync(
            [names.Everyone],
            async database =>
            {
                var (everyone, belief) = (names.Everyone, names.Belief(user));
                var found = (byte[]?[]?)await EvaluateAsync(
                    database, SessionScripts.Read, [everyone, names.Gateways, names.EveryoneUnsettled, names.Unsettled(user), belief],
                    [gateway, secret, Ms(SignLife), makesOne ? NewToken(belief) : RedisValue.EmptyString, Ms(TokenLife)]);
                if (found is not [var own, var all]) return null;
                return (own is [] ? default(Digest) : Token(belief, own)) is { } first && Token(everyone, all) is { } second
                    ? new SessionTokens(first, second)
                    : (SessionTokens?)null;
            },
            asker, cancellationToken);
        return reply.Value;
    }

    /// <inheritdoc />
    public async ValueTask<bool> RaiseAsync(string secret, IReadOnlyList<SessionRaise> raises, TimeSpan unsettledFor, bool isAwaited)
    {
        var ask = (IDatabase database) =>
            EvaluateAsync(database, SessionScripts.Raise, KeysOf(raises), ValuesOf(secret, raises, unsettledFor));
        var reply = isAwaited
            ? await redis.AskAsync([names.Everyone], ask, RaiseBudget, CancellationToken.None)
            : await redis.AskPacedAsync(ask, SignLife, CancellationToken.None);
        return reply.IsOk;
    }

    private RedisKey[] KeysOf(IReadOnlyList<SessionRaise> raises) =>
    [
        names.Everyone, names.EveryoneUnsettled,
        .. raises.Where(raise => raise.User is not null)
            .SelectMany(raise => (RedisKey[])[names.Unsettled(raise.User!.Value), names.Belief(raise.User.Value)]),
    ];

    private RedisValue[] ValuesOf(string secret, IReadOnlyList<SessionRaise> raises, TimeSpan unsettledFor)
    {
        var everyone = raises.Where(raise => raise.User is null).ToList();
        return
        [
            secret, Ms(unsettledFor), Ms(TokenLife),
            Flag(everyone.Count > 0), Flag(everyone.Exists(raise => raise.IsUnsettled)), NewToken(names.Everyone),
            .. raises.Where(raise => raise.User is not null)
                .SelectMany(raise => (RedisValue[])[Flag(raise.IsUnsettled), NewToken(names.Belief(raise.User!.Value))]),
        ];
    }

    private async Task<RedisResult> EvaluateAsync(IDatabase database, RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await script.RunAsync(database, keys, values);
        }
        catch (RedisServerException exception) when (RedisTroubles.Of(exception) == RedisTrouble.Garbage)
        {
            foreach (var key in keys) await DiscardOfWrongTypeAsync(database, key);
            throw;
        }
    }

    private async Task DiscardOfWrongTypeAsync(IDatabase database, RedisKey key)
    {
        var expected = key == names.Gateways ? RedisType.SortedSet : key == names.Everyone ? RedisType.Hash : RedisType.String;
        if (await database.KeyTypeAsync(key, CommandFlags.DemandMaster) is var type && type != expected && type != RedisType.None)
            await database.KeyDeleteAsync(key, CommandFlags.DemandMaster);
    }

    /// <summary>What is damaged goes: a new one takes its place.</summary>
    private Digest? Token(string name, byte[]? record)
    {
        if (RedisRecord.TryDecode(name, record, out var token) && token.Length == Digest.Size) return Digest.FromBytes(token);
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(name, database => database.KeyDeleteAsync(name, CommandFlags.DemandMaster));
        return null;
    }

    private static byte[] NewToken(string name)
    {
        var content = new byte[Digest.Size];
        Digest.Random().CopyTo(content);
        return RedisRecord.Encode(name, content);
    }

    private static long Ms(TimeSpan duration) => (long)duration.TotalMilliseconds;

    private static int Flag(bool value) => value ? 1 : 0;
}
