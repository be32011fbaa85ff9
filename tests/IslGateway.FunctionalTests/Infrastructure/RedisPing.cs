using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Asks a server for PING with the client that the gateway uses.</summary>
internal static class RedisPing
{
    /// <exception cref="RungUnavailableException">No PONG within <paramref name="timeout"/>, or no valid connection string.</exception>
    public static async Task RequireAsync(string connectionString, TimeSpan timeout)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = true;
            options.ConnectTimeout = (int)timeout.TotalMilliseconds;
            await PingAsync(options).WaitAsync(timeout, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (Exception trouble) when (trouble is RedisException or TimeoutException or ArgumentException)
        {
            throw new RungUnavailableException($"no answer to PING within {timeout.TotalSeconds} s ({trouble.GetType().Name})", trouble);
        }
    }

    private static async Task PingAsync(ConfigurationOptions options)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().PingAsync();
    }
}
