using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// A Lua script that the primary carries out as one step. It calls Redis by <c>call(name, ...)</c>, so that a command which the gateway's
/// user may not use is named in the refusal as it is without a script.
/// </summary>
/// <param name="body">The script, which returns a value.</param>
internal sealed class RedisScript(string body)
{
    private readonly string _text =
        $$"""
        local used
        local function call(name, ...) used = name return redis.call(name, ...) end
        local isDone, reply = pcall(function()
        {{body}}
        end)
        if isDone then return reply end
        local text = type(reply) == 'table' and reply.err or tostring(reply)
        if string.find(text, "can't run this command") then
          text = "NOPERM this user has no permissions to run the '" .. string.lower(used) .. "' command"
        end
        return redis.error_reply((string.gsub(text, '^@?user_script:%s*%d+:%s*', '')))
        """;

    /// <summary>Runs it; throws what Redis says against it.</summary>
    /// <param name="database">Where.</param>
    /// <param name="keys">All names that it touches: on a cluster, of one slot.</param>
    /// <param name="arguments"><c>ARGV</c>.</param>
    public Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] arguments) =>
        database.ScriptEvaluateAsync(_text, keys, arguments, CommandFlags.DemandMaster);
}
