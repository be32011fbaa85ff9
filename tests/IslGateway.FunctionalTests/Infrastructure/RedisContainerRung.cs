using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Redis by Testcontainers, which reads DOCKER_HOST and its TLS settings itself.</summary>
internal static class RedisContainerRung
{
    private const string Image = "redis:7-alpine";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    public static async Task<RedisServer> StartAsync()
    {
        var engine = await DockerEngine.RequireAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        // On a thread of its own: some of what Testcontainers does before its first await blocks and heeds no token.
        var starting = Task.Run(() => RunAsync(engine, stop.Token), CancellationToken.None);
        try
        {
            return await starting.WaitAsync(StartTimeout, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (Exception trouble) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            await stop.CancelAsync();
            var reason = trouble is TimeoutException && !starting.IsCompleted
                ? $"{Image} was not up within {StartTimeout.TotalSeconds} s"
                : $"{Image} did not start: {trouble.Message.ReplaceLineEndings(" ")}";
            throw new RungUnavailableException(reason, trouble);
        }
    }

    private static async Task<RedisServer> RunAsync(Uri engine, CancellationToken cancellationToken)
    {
        var container = new RedisBuilder(Image).WithDockerEndpoint(engine).WithLogger(NullLogger.Instance).Build();
        try
        {
            await container.StartAsync(cancellationToken);
            var connectionString = container.GetConnectionString();
            await RedisPing.RequireAsync(connectionString, PingTimeout);
            return new RedisServer(connectionString, $"{Image} at {connectionString}", container);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }
}
