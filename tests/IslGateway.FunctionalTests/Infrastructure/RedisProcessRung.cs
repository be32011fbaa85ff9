namespace IslGateway.FunctionalTests.Infrastructure;

internal static class RedisProcessRung
{
    public static async Task<RedisServer> StartAsync()
    {
        if (!RedisProcess.IsAvailable)
            throw new RungUnavailableException("no redis-server on PATH");
        var redis = await RedisProcess.StartAsync();
        return new RedisServer(redis.ConnectionString, $"redis-server at {redis.ConnectionString}", redis);
    }
}
