using System.Globalization;
using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Servers;

/// <summary>A Redis of the benchmark's own, in memory only, on the core of load and upstream.</summary>
internal sealed class RedisServer : IDisposable
{
    private readonly PinnedProcess _process;

    private RedisServer(PinnedProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public static bool IsInstalled => Programs.Find("redis-server") is not null;

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        string[] arguments =
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        var process = PinnedProcess.Start(Bench.LoadCore, Programs.Find("redis-server")!, arguments);
        while (!await Http.AnswersAsync(port, cancellationToken))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        return new RedisServer(process, port);
    }

    public void Dispose() => _process.Dispose();
}
