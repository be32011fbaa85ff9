using System.Text;
using IslGateway.Caching.Epochs;
using IslGateway.Edge;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace IslGateway.Commands;

/// <summary>What an operator should see at start: which ISL is used, what is stored where, and how to try the gateway.</summary>
internal static class Banner
{
    private const string Example =
        """/api/v1/causal/validate -H 'Content-Type: application/json' """
        + """-d '{"dag":{"nodes":["Price","Revenue"],"edges":[["Price","Revenue"]]},"treatment":"Price","outcome":"Revenue"}'""";

    public static string Of(WebApplication app)
    {
        var monitor = app.Services.GetRequiredService<SettingsMonitor>();
        var settings = monitor.Current;
        var replicas = app.Services.GetRequiredService<ReplicaRegistry>().Replicas;
        var redis = app.Services.GetRequiredService<RedisHealth>();
        var gateway = AddressOf(app, Listeners.Gateway);
        var text = new StringBuilder("IslGateway\n");
        void Line(string label, string value) => text.AppendLine($"  {label,-13}{value}");
        Line("upstream", Upstream(settings, replicas));
        foreach (var replica in replicas) Line("epoch", $"{replica.Id}: {Known(replica.Epoch, redis.IsConfigured)}");
        Line("tiers", $"memory {settings.Cache.Memory.SizeLimit >> 20} MiB, {Redis(redis)}");
        Line(
            "memory",
            $"{monitor.Memory}{(monitor.Memory.Fits ? "" : "  WARNING: that does not fit; outside Development this does not start")}");
        if (settings.Limits.MaxBufferedBytes < settings.Limits.RoomForOneBody())
        {
            Line(
                "buffers",
                "WARNING: one body of Limits:MaxRequestBodySize may need "
                + $"{SizeText.Format(settings.Limits.RoomForOneBody())} of them for a moment; "
                + $"with {SizeText.Format(settings.Limits.MaxBufferedBytes)} (Limits:MaxBufferedBytes) "
                + "it is answered 503 however little there is to do");
        }
        Line("credentials", Scope(settings.Cache.CredentialScope));
        Line("mode", settings.Cache.Mode.ToString());
        Line("gateway", gateway);
        Line("management", $"{AddressOf(app, Listeners.Management)}  (/metrics, /health/live, /health/ready, /api/stats, /api/cache)");
        var key = KeyHeader(settings);
        text.AppendLine().AppendLine(key.Length == 0 ? "Try it: the first is a miss, the second a hit."
            : "Try it: the first is a miss, the second a hit. ISL_API_KEY has to hold a key that ISL accepts, unless it asks for none.");
        for (var i = 0; i < 2; i++) text.AppendLine($"  curl -si {key}{Reachable(gateway)}{Example} | grep -i cache-status");
        return text.ToString();
    }

    /// <summary>curl's option that sends ISL's key; empty for the embedded simulator, which needs none.</summary>
    private static string KeyHeader(GatewaySettings settings) =>
        settings.Isl.BaseUrl is null || settings.Credentials.Headers is not [var header, ..] ? "" : $"-H \"{header}: $ISL_API_KEY\" ";

    /// <summary>Says which setting moves the listener whose address is in use already.</summary>
    public static string AddressTaken(WebApplication app, string message)
    {
        var listener = new[] { Listeners.Gateway, Listeners.GatewayH2c, Listeners.Management }.FirstOrDefault(name =>
            app.Configuration[Listeners.UrlKey(name)] is { } url
            && message.Contains($":{BindingAddress.Parse(url).Port}:", StringComparison.Ordinal));
        var setting = listener is null ? "Kestrel:Endpoints:NAME:Url" : Listeners.UrlKey(listener);
        return $"{message.TrimEnd('.')}. Move it with --{setting}=http://localhost:PORT";
    }

    /// <summary>Says that not every listener could be opened, and which there are.</summary>
    public static string CannotListen(WebApplication app, string message)
    {
        var listeners = app.Configuration.GetSection(Listeners.Section).GetChildren().Select(one => $"{one.Key} {one["Url"]}");
        return $"Not every listener can be opened ({string.Join(", ", listeners)}): {message}";
    }

    /// <summary>An address that can be called: for a listener on all interfaces, this machine's own name.</summary>
    public static string Reachable(string address) =>
        address.Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal).Replace("//[::]", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal);

    private static string Upstream(GatewaySettings settings, IReadOnlyList<Replica> replicas)
    {
        if (settings.Isl.BaseUrl is null) return "SIMULATOR, embedded: its numbers are not ISL's (set Isl:BaseUrl to ISL's address)";
        var warning = replicas.Any(r => r.Epoch is { IsSimulated: true }) ? "  SIMULATOR: its numbers are not ISL's" : "";
        return string.Join(", ", replicas.Select(r => r.Address)) + warning;
    }

    private static string Known(Epoch? epoch, bool hasRedis) => epoch switch
    {
        null when hasRedis =>
            "not known yet: until its health reports it nothing is stored, and what Redis has of the last known one may serve as stale",
        null => "not known yet: until its health reports it nothing is stored",
        { HasKnownBuild: false } => $"{epoch} WARNING: without a build, a deployment that changes only code goes unnoticed",
        _ => epoch.ToString(),
    };

    private static string Redis(RedisHealth redis) =>
        !redis.IsConfigured ? "no Redis (set ConnectionStrings:Redis)" : redis.Answers ? "Redis up" : "Redis not reached yet";

    private static string Scope(CredentialScope scope) => scope == CredentialScope.Partitioned
        ? "Partitioned: entries are per credential"
        : "Shared: one entry serves every credential that ISL accepts";

    /// <summary>A listener's real address: for a configured port of 0 the system has chosen one.</summary>
    private static string AddressOf(WebApplication app, string listener)
    {
        var configured = app.Configuration[Listeners.UrlKey(listener)];
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return configured is null || !configured.EndsWith(":0", StringComparison.Ordinal)
            ? configured ?? "off"
            : string.Join(" or ", bound);
    }
}
