using Garnet;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Garnet needs nothing installed. It speaks Redis's protocol, Lua included, but a test cannot kill, freeze or fill it.</summary>
internal static class GarnetRung
{
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(60);

    public static async Task<RedisServer> StartAsync()
    {
        var port = FreePort.Next();
        var server = new GarnetServer(
        [
            "--bind", "127.0.0.1", "--port", $"{port}", "--memory", "64m", "--page", "1m", "--index", "1m", "--lua", "true", "-q", "true",
        ]);
        try
        {
            server.Start();
            var connectionString = $"127.0.0.1:{port}";
            await RedisPing.RequireAsync(connectionString, PingTimeout);
            return new RedisServer(connectionString, $"Microsoft.Garnet in this process at {connectionString}", new Owner(server));
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private sealed class Owner(GarnetServer server) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            server.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
