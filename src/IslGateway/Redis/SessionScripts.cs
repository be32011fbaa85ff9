namespace IslGateway.Redis;

/// <summary>
/// What <see cref="RedisSessions"/> lets Redis do in one step each. All times are Redis's own, in ms. Every script names the record of
/// everyone first, so that a proxy sends them all to one server, and all their names share one hash tag, so that a cluster does.
/// <para>
/// A script that fails stops where it is and what it wrote before stands. So what makes answers less reachable is written first.
/// </para>
/// </summary>
internal static class SessionScripts
{
    /// <summary>Who may not use INFO has no run; then a server that came back is told by the broken connection alone.</summary>
    private const string NowAndRun = """
        local time = call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local info = redis.pcall('INFO', 'server')
        local run = type(info) == 'string' and info:match('run_id:(%x+)') or ''

        """;

    /// <summary>
    /// A heartbeat. Carried out, it gives {now, whether the secret is another, how many were struck off, one that is missing or '', the
    /// names of all}; too late or too early, {now}.
    /// <code>
    /// KEYS  everyone, gateways
    /// ARGV  gateway, secret, base, life of a sign, missing for, life of the set, 1: was in it, 1: over another connection, token,
    ///       gateways met…
    /// </code>
    /// </summary>
    public static readonly RedisScript Beat = new(NowAndRun + """
        local base = tonumber(ARGV[3])
        if now < base or now > base + ARGV[4] then return {now} end

        local stored = call('HMGET', KEYS[1], 'run', 'secret')
        local gone = call('ZCOUNT', KEYS[2], '-inf', now - ARGV[5])
        local isFirst = call('ZCARD', KEYS[2]) == gone
        local isLost = isFirst or stored[1] ~= run or (ARGV[7] == '1' and not call('ZSCORE', KEYS[2], ARGV[1]))
        if isLost then
            for i = 10, #ARGV do call('ZADD', KEYS[2], 'NX', now - ARGV[4], ARGV[i]) end
        end
        if isLost or gone > 0 or ARGV[8] == '1' then call('HSET', KEYS[1], 'token', ARGV[9], 'run', run) end
        if isFirst or not stored[2] then
            call('HSET', KEYS[1], 'secret', ARGV[2])
            stored[2] = ARGV[2]
        end
        if stored[2] == ARGV[2] then call('PEXPIRE', KEYS[1], ARGV[5]) end
        call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5])
        call('ZADD', KEYS[2], now, ARGV[1])
        call('PEXPIRE', KEYS[2], ARGV[6])
        local missing = call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4], 'LIMIT', 0, 1)
        return {now, stored[2] == ARGV[2] and 0 or 1, gone, missing[1] or '', unpack(call('ZRANGE', KEYS[2], 0, -1))}
        """);

    /// <summary>
    /// A lookup: {the user's token, everyone's}, or nothing where no session answer is safe. A mark that does not expire is none of ours:
    /// it counts once.
    /// <code>
    /// KEYS  everyone, gateways, everyone unsettled, user unsettled, token
    /// ARGV  gateway, secret, life of a sign, new token or '' to make none, its life
    /// </code>
    /// </summary>
    public static readonly RedisScript Read = new(NowAndRun + """
        local stored = call('HMGET', KEYS[1], 'run', 'secret', 'token')
        if stored[1] ~= run or stored[2] ~= ARGV[2] or not call('ZSCORE', KEYS[2], ARGV[1]) then return false end
        if call('ZCOUNT', KEYS[2], '(' .. now - ARGV[3], now) ~= call('ZCARD', KEYS[2]) then return false end
        for i = 3, 4 do
            local left = call('PTTL', KEYS[i])
            if left == -1 then call('DEL', KEYS[i]) end
            if left ~= -2 then return false end
        end

        local token = call('GET', KEYS[5])
        if not token then
            token = ARGV[4]
            if token ~= '' then call('SET', KEYS[5], token, 'PX', ARGV[5]) end
        end
        return {token, stored[3]}
        """);

    /// <summary>
    /// New tokens for users, marked as unsettled before; for everyone instead where another secret names the users' tokens. A missing
    /// record of everyone is made by the next heartbeat, and nothing is read before.
    /// <code>
    /// KEYS  everyone, everyone unsettled, then for each user: unsettled, token
    /// ARGV  secret, life of a mark, life of a token, 1: everyone, 1: everyone unsettled, everyone's token,
    ///       then for each user: 1: unsettled, token
    /// </code>
    /// </summary>
    public static readonly RedisScript Raise = new("""
        local everyone, unsettled = ARGV[4], ARGV[5]
        local secret = call('HGET', KEYS[1], 'secret')
        local isForeign = secret and secret ~= ARGV[1]
        for i = 3, #KEYS, 2 do
            if isForeign then
                everyone = '1'
                if ARGV[i + 4] == '1' then unsettled = '1' end
            else
                if ARGV[i + 4] == '1' then call('SET', KEYS[i], '', 'PX', ARGV[2]) end
                call('SET', KEYS[i + 1], ARGV[i + 5], 'PX', ARGV[3])
            end
        end
        if unsettled == '1' then call('SET', KEYS[2], '', 'PX', ARGV[2]) end
        if everyone == '1' and call('EXISTS', KEYS[1]) == 1 then call('HSET', KEYS[1], 'token', ARGV[6]) end
        return 1
        """);
}
