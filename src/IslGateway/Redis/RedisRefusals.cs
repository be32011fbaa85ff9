using System.Collections.Concurrent;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// The commands that Redis has lately not permitted to the gateway. What is needed in the background is asked for again and again, so that
/// a command that is permitted again is soon forgotten here. Thread-safe.
/// </summary>
internal sealed class RedisRefusals(TimeProvider time)
{
    private const string Command = " command";

    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, long> _refusedAt = new(StringComparer.Ordinal);

    /// <summary>Their names, in order; as many as the gateway uses commands.</summary>
    public IReadOnlyList<string> Commands =>
    [
        .. _refusedAt.Where(refused => time.GetElapsedTime(refused.Value) < Lately)
            .Select(refused => refused.Key).Order(StringComparer.Ordinal),
    ];

    /// <summary>Hears what came of a command.</summary>
    public void Hear(Exception? exception)
    {
        if (exception is RedisServerException { Kind: RedisErrorKind.NoPermission }) Add(NameIn(exception.Message));
        else if (exception is RedisServerException or RedisCommandException && IsUnknownEval(exception.Message)) Add("eval");
    }

    /// <summary>A command was not permitted.</summary>
    public void Add(string command) => _refusedAt[command] = time.GetTimestamp();

    /// <summary>Scripts are unknown to some that speak Redis's protocol, or kept back by a proxy.</summary>
    private static bool IsUnknownEval(string message) =>
        message.Contains("EVAL", StringComparison.OrdinalIgnoreCase)
        && (message.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
            || message.Contains("command-map", StringComparison.Ordinal));

    /// <summary>
    /// Redis writes: <c>NOPERM this user has no permissions to run the 'xadd' command</c>, or that a key is out of reach, which it does not
    /// name.
    /// </summary>
    private static string NameIn(string message)
    {
        var end = message.IndexOf("'" + Command, StringComparison.Ordinal);
        var start = end > 0 ? message.LastIndexOf('\'', end - 1) + 1 : 0;
        return start > 0 ? message[start..end] : "keys of Cache:Prefix";
    }
}
