using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Connections by which tests look behind the gateway: unlike its own, they wait for a server on a busy machine.</summary>
internal static class PatientRedis
{
    private const int Milliseconds = 60_000;

    public static async Task<ConnectionMultiplexer> ConnectAsync(string connectionString) =>
        await ConnectionMultiplexer.ConnectAsync(Options(connectionString));

    public static ConnectionMultiplexer Connect(string connectionString) => ConnectionMultiplexer.Connect(Options(connectionString));

    private static ConfigurationOptions Options(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = Milliseconds;
        return options;
    }
}
