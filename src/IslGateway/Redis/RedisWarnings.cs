namespace IslGateway.Redis;

/// <summary>
/// What an operator should mend about Redis, each in a sentence. None of it keeps the gateway from serving, and all of it heals by itself
/// once it is mended.
/// </summary>
internal sealed class RedisWarnings(RedisConnection connection, RedisWatch watch, RedisChannels channels, RedisPermissions permissions)
{
    public List<string> All()
    {
        var warnings = new List<string>();
        if (watch.State == RedisState.Denied)
            warnings.Add("Redis does not accept the user, password or certificate of ConnectionStrings:Redis.");
        if (connection.IsOutdated)
            warnings.Add("ConnectionStrings:Redis has changed and gives no connection yet: the one before it is still used.");
        if (permissions.Missing is { Count: > 0 } missing)
            warnings.Add($"Redis does not permit the gateway to use {string.Join(", ", missing)}.");
        if (channels.AreMissing)
            warnings.Add("Redis carries no messages between gateways (publish and subscribe): each looks twice a second instead.");
        return warnings;
    }
}
