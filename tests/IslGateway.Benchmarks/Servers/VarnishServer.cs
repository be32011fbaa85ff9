using System.Globalization;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Servers;

/// <summary>Varnish, the request body in the hash by its module <c>bodyaccess</c>, in memory.</summary>
internal sealed class VarnishServer : Server
{
    /// <summary>Debian's package of it is <c>varnish-modules</c>.</summary>
    private const string Module = "libvmod_bodyaccess.so";

    private const string Libraries = "/usr/lib";

    private static readonly EnumerationOptions Shallow = new() { RecurseSubdirectories = true, MaxRecursionDepth = 3 };

    private readonly string _folder = Directory.CreateTempSubdirectory("islgw-varnish-").FullName;

    public VarnishServer(Bench bench)
        : base(bench) => File.WriteAllText(Configuration, Text());

    public override string Name => Names.Varnish;

    public static bool IsInstalled => Programs.Find("varnishd") is not null && IsThere(Module);

    protected override string Program => Programs.Find("varnishd")!;

    protected override IEnumerable<string> Arguments =>
    [
        "-F", "-j", "none", "-n", Path.Combine(_folder, "work"), "-a", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}"),
        "-f", Configuration, "-s", "malloc,1g", "-p", "thread_pools=1", "-p", "thread_pool_min=100",
    ];

    private string Configuration => Path.Combine(_folder, "default.vcl");

    public override void Dispose()
    {
        base.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsThere(string module) =>
        Directory.Exists(Libraries)
        && Directory.EnumerateDirectories(Libraries, "vmods", Shallow).Any(folder => File.Exists(Path.Combine(folder, module)));

    private string Text() => string.Create(CultureInfo.InvariantCulture, $$"""
        vcl 4.1;
        import std;
        import bodyaccess;
        backend isl { .host = "127.0.0.1"; .port = "{{Bench.UpstreamPort}}"; }
        sub vcl_recv {
            if (req.url == "{{Paths.Passed}}" || req.url == "{{Paths.Computed}}") { return (pass); }
            if (req.method == "POST") {
                if (!std.cache_req_body(128KB)) { return (fail); }
                return (hash);
            }
            return (pass);
        }
        sub vcl_hash {
            hash_data(req.url);
            hash_data(req.http.X-API-Key);
            bodyaccess.hash_req_body();
            return (lookup);
        }
        sub vcl_backend_fetch {
            if (bereq.http.Content-Length) { set bereq.method = "POST"; }
        }
        sub vcl_backend_response {
            if (!bereq.uncacheable) {
                unset beresp.http.Cache-Control;
                set beresp.ttl = 1h;
            }
        }
        """);
}
