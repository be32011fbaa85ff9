using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// <c>ConnectionStrings:Redis</c>: <c>host:port,host:port,password=…,ssl=true</c> in the grammar of StackExchange.Redis. It may hold a
/// password, and a password with a comma in it spills into the other parts: no message quotes any of it.
/// </summary>
internal static class RedisConnectionString
{
    /// <summary>
    /// The client's own time-outs free what waits on a dead connection; four of them without a byte read make it connect anew. They are
    /// longer where a setting waits longer.
    /// </summary>
    private static readonly TimeSpan UsualCommandTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Refuses settings whose connection string cannot be used, at start and at a reload.</summary>
    /// <exception cref="SettingsException">Says what is wrong.</exception>
    public static void Check(GatewaySettings settings)
    {
        if (settings.RedisConnectionString is not { } text) return;
        if (!TryParse(text, out var error)) throw Refusal(error);
        if (settings.Isl.BaseUrl is null && !IsLoopbackOnly(text))
        {
            throw Refusal(
                "must be on loopback while the embedded simulator stands in for ISL (Isl:BaseUrl is unset): "
                + "simulated answers must not reach a shared Redis");
        }
    }

    /// <summary>Whether the text can be used; the error says what is wrong, not what is written.</summary>
    public static bool TryParse(string connectionString, [NotNullWhen(false)] out string? error)
    {
        error = Fault(connectionString);
        return error is null;
    }

    /// <summary>The hosts that a usable text names, and nothing else of it.</summary>
    public static string HostsIn(string connectionString) =>
        string.Join(", ", ConfigurationOptions.Parse(connectionString).EndPoints.Select(host => EndPointCollection.ToString(host)));

    /// <summary>
    /// Whether all that the text names is on this machine. False where that cannot be told: it cannot be parsed, or it names
    /// sentinels, which name other addresses.
    /// </summary>
    public static bool IsLoopbackOnly(string connectionString) =>
        Fault(connectionString) is null
        && ConfigurationOptions.Parse(connectionString) is { ServiceName: null or "" } options
        && options.EndPoints.All(IsLoopback);

    /// <summary>The options of the gateway's connection: as written, but connecting never blocks and never gives up.</summary>
    /// <param name="connectionString">What is written.</param>
    /// <param name="cache">Says how long what waits for Redis may wait.</param>
    public static ConfigurationOptions ToOptions(string connectionString, CacheOptions cache)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        options.ConnectTimeout = 500;
        options.KeepAlive = 5;

        // Nobody reads what they say, and making it takes long when there are many.
        options.IncludeDetailInExceptions = false;

        // A replica that has been promoted is a primary from this look on.
        options.ConfigCheckSeconds = 1;
        options.ReconnectRetryPolicy = new ExponentialRetry(100, 2000);
        var longest = ((TimeSpan[])[UsualCommandTimeout, cache.LookupBudget, cache.WriteBudget]).Max();
        options.AsyncTimeout = Math.Min(options.AsyncTimeout, (int)longest.TotalMilliseconds);
        options.SyncTimeout = Math.Min(options.SyncTimeout, (int)longest.TotalMilliseconds);
        return options;
    }

    private static SettingsException Refusal(string error) =>
        new([new SettingsError("ConnectionStrings:Redis", SettingsError.Hidden, error)]);

    private static string? Fault(string connectionString)
    {
        if (connectionString.Contains("://", StringComparison.Ordinal))
            return "must be host:port,option=value,… and not a URL";
        var parts = connectionString.Split(',');
        for (var i = 0; i < parts.Length; i++)
        {
            if (!CanParse(parts[i]))
                return $"part {i + 1} of the {parts.Length} that commas separate is neither host:port nor an option of StackExchange.Redis";
        }

        if (!CanParse(connectionString)) return "is not in the grammar of StackExchange.Redis: host:port,option=value,…";
        return ConfigurationOptions.Parse(connectionString).EndPoints.Count == 0 ? "names no host" : null;
    }

    private static bool CanParse(string text)
    {
        try
        {
            ConfigurationOptions.Parse(text);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool IsLoopback(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => IPAddress.IsLoopback(ip.Address),
        DnsEndPoint dns => dns.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase),
        UnixDomainSocketEndPoint => true,
        _ => false,
    };
}
