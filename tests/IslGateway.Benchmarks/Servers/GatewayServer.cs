using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Servers;

/// <summary>The published gateway with the settings that it ships with, before the constant upstream.</summary>
internal sealed class GatewayServer : Server
{
    private readonly string[] _settings;

    /// <param name="bench">Where it runs.</param>
    /// <param name="name">Its name in tables.</param>
    /// <param name="settings">Further settings, as on the command line.</param>
    public GatewayServer(Bench bench, string name = Names.Gateway, params string[] settings)
        : base(bench)
    {
        _settings = settings;
        Name = name;
        Probe = new RuntimeProbe();
    }

    public override string Name { get; }

    public int ManagementPort { get; } = FreePort.Next();

    protected override string Program => Bench.Gateway;

    protected override IEnumerable<string> Arguments =>
    [
        $"--Isl:BaseUrl={Bench.Upstream}",
        $"--Kestrel:Endpoints:Gateway:Url=http://127.0.0.1:{Port}",
        $"--Kestrel:Endpoints:Management:Url=http://127.0.0.1:{ManagementPort}",
        .. _settings,
    ];

    /// <summary>Before ISL's configuration is known, nothing is stored.</summary>
    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken) =>
        await Http.TryGetAsync(ManagementPort, "/health/ready", cancellationToken) is { } health
        && health.Contains("\"isl\":\"ok\"", StringComparison.Ordinal);
}
