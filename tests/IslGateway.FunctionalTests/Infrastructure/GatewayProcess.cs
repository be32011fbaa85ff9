using System.Globalization;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>The gateway as an operator starts it: a process of its own, with the settings given and none inherited.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    private readonly ChildProcess _process;

    private GatewayProcess(ChildProcess process, int port, int managementPort)
    {
        _process = process;
        Address = new Uri($"http://localhost:{port}");
        Management = new Uri($"http://localhost:{managementPort}");
    }

    public Uri Address { get; }

    public Uri Management { get; }

    public int Id => _process.Id;

    public string Output => _process.Output;

    /// <summary>Starts the gateway on two free ports and returns at once.</summary>
    /// <param name="arguments">As on the command line.</param>
    /// <param name="environment">Variables set besides the inherited ones; null takes one away.</param>
    public static GatewayProcess Start(string[] arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var (port, management) = (FreePort.Next(), FreePort.Next());
        return new GatewayProcess(
            Launch(
                [.. arguments, $"--Kestrel:Endpoints:Gateway:Url=http://localhost:{port}",
                    $"--Kestrel:Endpoints:Management:Url=http://localhost:{management}"],
                environment),
            port, management);
    }

    /// <summary>The same with a standard output that a process holds open and never reads.</summary>
    /// <param name="pipe">Where to make the pipe; nothing is there yet.</param>
    /// <param name="arguments">As on the command line.</param>
    public static GatewayProcess StartUnread(string pipe, string[] arguments)
    {
        var (port, management) = (FreePort.Next(), FreePort.Next());
        string[] all =
        [
            .. arguments, $"--Kestrel:Endpoints:Gateway:Url=http://localhost:{port}",
            $"--Kestrel:Endpoints:Management:Url=http://localhost:{management}",
        ];
        const string Script = """mkfifo "$0" && { sleep 600 <"$0" & } && exec "$@" >"$0" """;
        return new GatewayProcess(Processes.Start("sh", ["-c", Script, pipe, Host, Program, .. all], Variables(null)), port, management);
    }

    /// <summary>Runs the gateway with nothing but these arguments until it ends by itself.</summary>
    /// <param name="arguments">As on the command line.</param>
    /// <param name="environment">Variables set besides the inherited ones; null takes one away.</param>
    /// <param name="input">Its whole standard input.</param>
    /// <param name="workingDirectory">The tests' own when null.</param>
    public static async Task<ProcessResult> RunAsync(
        string[] arguments, IReadOnlyDictionary<string, string?>? environment = null, string input = "", string? workingDirectory = null)
    {
        await using var process = Launch(arguments, environment, workingDirectory);
        await process.WriteInputAsync(input);
        var exitCode = await process.WaitForExitAsync(StartTimeout);
        return new ProcessResult(exitCode, process.Output);
    }

    /// <summary>Waits for the banner's last line and returns all that was written.</summary>
    public async Task<string> BannerAsync()
    {
        var curls = 0;
        await _process.WaitForLineAsync("Try it:", StartTimeout);
        await Eventually.TrueAsync(
            () => (curls = _process.Output.Split("curl -si", StringSplitOptions.None).Length - 1) >= 2,
            StartTimeout, $"the banner is whole, with two curl lines, not {curls.ToString(CultureInfo.InvariantCulture)}");
        return _process.Output;
    }

    /// <summary>Waits until it is there and has reached Redis.</summary>
    public async Task RedisIsUpAsync()
    {
        await BannerAsync();
        using var client = new HttpClient { BaseAddress = Management };
        await Eventually.TrueAsync(
            async () => (await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
                .Contains("isl_gateway_redis_up 1", StringComparison.Ordinal),
            StartTimeout, "Redis is up");
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Bytes of its memory that are in use, the runtime's own and buffers of all kinds included.</summary>
    public long ResidentBytes => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) * 1024;

    public void Send(UnixSignal signal) => _process.Send(signal);

    /// <summary>SIGKILL: it has no chance to tidy up.</summary>
    public Task KillAsync() => _process.KillAsync();

    public void Terminate() => _process.Terminate();

    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync(StartTimeout);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool IgnoresInterrupts
    {
        get
        {
            if (!File.Exists("/proc/self/status")) return false;
            var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            return (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & 2) != 0;
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "IslGateway.dll");

    private static string Host => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    // What was started in the background of a shell ignores SIGINT, and so would its children.
    private static ChildProcess Launch(
        string[] arguments, IReadOnlyDictionary<string, string?>? environment, string? workingDirectory = null) =>
        IgnoresInterrupts
            ? Processes.Start("env", ["--default-signal=INT", Host, Program, .. arguments], Variables(environment), workingDirectory)
            : Processes.Start(Host, [Program, .. arguments], Variables(environment), workingDirectory);

    private static Dictionary<string, string?> Variables(IReadOnlyDictionary<string, string?>? environment)
    {
        var variables = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = null,
            ["DOTNET_ENVIRONMENT"] = null,
            ["ASPNETCORE_URLS"] = null,
            ["ISL_BASE_URL"] = null,

            // On a busy machine the first report takes its time, and what is asked before it is not stored.
            ["Isl__StartTimeout"] = "30s",

            // Code that runs for a moment only is not worth being measured and compiled anew.
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) variables[name] = value;
        return variables;
    }
}
