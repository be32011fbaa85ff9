using System.Globalization;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Servers;

/// <summary>A server that this program itself is, in another process.</summary>
internal sealed class OwnServer : Server
{
    private readonly ServerKind _kind;

    public OwnServer(Bench bench, ServerKind kind, string name)
        : base(bench)
    {
        _kind = kind;
        Name = name;
        Probe = new RuntimeProbe();
    }

    public override string Name { get; }

    protected override string Program => Environment.ProcessPath!;

    protected override IEnumerable<string> Arguments => ArgumentsOf(_kind, Port, Bench.Upstream);

    /// <summary>The command line of any server of this program.</summary>
    public static string[] ArgumentsOf(ServerKind kind, int port, string upstream) =>
        ["serve", kind.ToString(), "--port", port.ToString(CultureInfo.InvariantCulture), "--upstream", upstream];
}
