namespace IslGateway.Benchmarks.Servers;

/// <summary>The names of the servers in tables, targets and options.</summary>
internal static class Names
{
    public const string Gateway = "gateway";
    public const string Bare = "bare";
    public const string Canonicaliser = "canonicaliser";
    public const string Yarp = "yarp";
    public const string OutputCache = "output-cache";
    public const string Nginx = "nginx";
    public const string Varnish = "varnish";
}
