using System.Globalization;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Servers;

/// <summary>What all servers share: the two cores, the upstream, and the published gateway.</summary>
internal sealed class Bench : IDisposable
{
    /// <summary>The core of the server under test.</summary>
    public const int ServerCore = 0;

    /// <summary>The core of load, upstream and Redis.</summary>
    public const int LoadCore = 1;

    private readonly PinnedProcess _upstream;
    private readonly List<Server> _servers = [];

    private Bench(string gateway, int port, PinnedProcess upstream)
    {
        Gateway = gateway;
        UpstreamPort = port;
        _upstream = upstream;
    }

    /// <summary>The gateway's executable.</summary>
    public string Gateway { get; }

    public int UpstreamPort { get; }

    public string Upstream => $"http://127.0.0.1:{UpstreamPort.ToString(CultureInfo.InvariantCulture)}/";

    /// <summary>Redis, where a measurement has started one.</summary>
    public RedisServer? Redis { get; set; }

    /// <param name="gateway">The gateway's executable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Bench> StartAsync(string gateway, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        PinnedProcess.PinSelf(LoadCore);
        var upstream = PinnedProcess.Start(LoadCore, Environment.ProcessPath!, OwnServer.ArgumentsOf(ServerKind.Upstream, port, "none"));
        while (!await Http.AnswersAsync(port, cancellationToken))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        return new Bench(gateway, port, upstream);
    }

    /// <summary>Starts a server that ends with the benchmark, if not before.</summary>
    public async Task<T> StartAsync<T>(T server, CancellationToken cancellationToken)
        where T : Server
    {
        _servers.Add(server);
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>The server of that name, started when first asked for; null where the machine has it not.</summary>
    public async Task<Server?> ServerAsync(string name, CancellationToken cancellationToken)
    {
        if (_servers.Find(server => server.Name == name && server.IsStarted) is { } running) return running;
        return Create(name) is { } server ? await StartAsync(server, cancellationToken) : null;
    }

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        Redis?.Dispose();
        _upstream.Dispose();
    }

    private Server? Create(string name) => name switch
    {
        Names.Gateway => new GatewayServer(this),
        Names.Bare => new OwnServer(this, ServerKind.Bare, name),
        Names.Canonicaliser => new OwnServer(this, ServerKind.Canonicaliser, name),
        Names.Yarp => new OwnServer(this, ServerKind.Yarp, name),
        Names.OutputCache => new OwnServer(this, ServerKind.OutputCache, name),
        Names.Nginx => NginxServer.IsInstalled ? new NginxServer(this) : null,
        Names.Varnish => VarnishServer.IsInstalled ? new VarnishServer(this) : null,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name),
    };
}
