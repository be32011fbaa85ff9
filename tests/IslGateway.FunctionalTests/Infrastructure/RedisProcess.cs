namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// A redis-server that one test owns, to be killed, frozen, filled and brought back on the same port. It keeps nothing on disk unless the
/// extra arguments say so (<c>--appendonly yes --appendfsync always</c>); the folder lasts as long as this object.
/// </summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private string[] _arguments;
    private readonly DirectoryInfo _folder;
    private ChildProcess? _process;

    private RedisProcess(string[] extraArguments)
    {
        _folder = Directory.CreateTempSubdirectory("islgateway-redis-");
        Port = FreePort.Next();
        _arguments =
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder.FullName, .. extraArguments,
        ];
    }

    /// <summary>False on Windows too, which has no signals to freeze a process with.</summary>
    public static bool IsAvailable => !OperatingSystem.IsWindows() && Processes.FindOnPath("redis-server") is not null;

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    public static void RequireOrSkip() =>
        Assert.SkipUnless(IsAvailable, "needs a real redis-server process: apt-get install redis-server");

    /// <param name="extraArguments">Given last, so that they win: <c>"--maxmemory", "2mb"</c>.</param>
    public static async Task<RedisProcess> StartAsync(params string[] extraArguments)
    {
        var redis = new RedisProcess(extraArguments);
        try
        {
            await redis.LaunchAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>A Redis Sentinel that decides alone, and fast: a server that is silent for a second counts as down.</summary>
    /// <param name="service">The name by which clients ask for the primary.</param>
    /// <param name="primary">The port of its first primary.</param>
    public static async Task<RedisProcess> StartRedisSentinelAsync(string service, int primary)
    {
        var redis = new RedisProcess([]);
        var file = Path.Combine(redis._folder.FullName, "redis-sentinel.conf");
        await File.WriteAllLinesAsync(file,
        [
            $"port {redis.Port}", "bind 127.0.0.1", $"dir {redis._folder.FullName}", $"sentinel monitor {service} 127.0.0.1 {primary} 1",
            $"sentinel down-after-milliseconds {service} 1000", $"sentinel failover-timeout {service} 5000",
        ]);
        redis._arguments = [file, "--sentinel"];
        await redis.LaunchAsync();
        return redis;
    }

    /// <summary>Ends the server by SIGKILL: its connections are reset, its memory is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Brings the server back on the same port, killing it first if it runs.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await LaunchAsync();
    }

    /// <summary>SIGSTOP: connections stay open, the kernel accepts new ones, nothing is answered until <see cref="Thaw"/>.</summary>
    public void Freeze()
    {
        Live.Send(UnixSignal.Stop);

        // The signal is delivered after the call returns; a command sent in between would still be answered.
        if (OperatingSystem.IsLinux() && !SpinWait.SpinUntil(() => IsStopped(Live.Id), TimeSpan.FromSeconds(60)))
            throw new InvalidOperationException($"redis-server {Live.Id} did not stop.");
    }

    public void Thaw() => Live.Send(UnixSignal.Continue);

    public async Task ConfigSetAsync(string name, string value)
    {
        var reply = await RawRedis.SendAsync(Port, "CONFIG", "SET", name, value);
        if (reply != "+OK")
            throw new InvalidOperationException($"CONFIG SET {name} was answered by: {reply}");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private ChildProcess Live => _process ?? throw new InvalidOperationException("This redis-server was killed.");

    private async Task LaunchAsync()
    {
        var process = Processes.Start("redis-server", _arguments);
        _process = process;
        await Eventually.TrueAsync(
            () => process.HasExited
                ? throw new InvalidOperationException($"redis-server ended before it answered:\n{process.Output}")
                : RawRedis.AnswersAsync(Port),
            StartTimeout,
            $"redis-server answers PING on port {Port}");
    }

    // The state letter follows the program's name in parentheses: "4711 (redis-server) T …".
    private static bool IsStopped(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[stat.LastIndexOf(')') + 2] == 'T';
    }
}
