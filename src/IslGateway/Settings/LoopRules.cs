using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>
/// Refuses an address for ISL at which the gateway itself listens, as far as that can be seen at start; other loops are detected by
/// <c>Via</c>. A name is looked up only if the port is one of the gateway's.
/// </summary>
internal static class LoopRules
{
    private const string Endpoints = "Kestrel:Endpoints";
    private const string ThisMachine = "localhost";
    private static readonly TimeSpan LookupBudget = TimeSpan.FromSeconds(2);

    public static void Check(IReadOnlyList<Uri> addresses, ConfigurationView configuration, SettingsReport report)
    {
        foreach (var listener in configuration.Children(Endpoints))
        {
            var key = $"{Endpoints}:{listener}:Url";
            if (configuration.Value(key) is not { Length: > 0 } url || Parsed(url) is not { } bound) continue;
            foreach (var address in addresses.Where(address => address.Port == bound.Port && LeadsTo(address.DnsSafeHost, bound.Host)))
                report.Add(
                    "Isl:BaseUrl",
                    address.OriginalString,
                    $"must not lead back to this gateway, which listens there itself ({key} is {url})");
        }
    }

    private static BindingAddress? Parsed(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { IsUnixPipe: false, IsNamedPipe: false } bound ? bound : null;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            // What is wrong with it is told by the rules for listeners.
            return null;
        }
    }

    private static bool LeadsTo(string host, string bound)
    {
        var reached = AddressesOf(host);
        if (IsThisMachine(bound))
            return reached.Exists(address => address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback));
        if (IPAddress.TryParse(bound, out var one) && !one.Equals(IPAddress.Any) && !one.Equals(IPAddress.IPv6Any))
            return reached.Contains(one);

        // Any other host name binds every interface, as * and + do.
        var own = OwnAddresses();
        return reached.Exists(address =>
            (address.AddressFamily == AddressFamily.InterNetwork || !IPAddress.Any.Equals(one))
            && (IPAddress.IsLoopback(address) || own.Contains(address)));
    }

    private static bool IsThisMachine(string host) => host.Equals(ThisMachine, StringComparison.OrdinalIgnoreCase);

    /// <summary>The addresses that a host stands for: a connection to "any" address reaches this machine.</summary>
    private static List<IPAddress> AddressesOf(string host) =>
    [
        .. (IsThisMachine(host) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : IPAddress.TryParse(host, out var literal) ? [literal]
            : LookUp(host))
            .Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
            .Select(address =>
                address.Equals(IPAddress.Any) ? IPAddress.Loopback
                : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
                : address),
    ];

    private static IPAddress[] LookUp(string host)
    {
        try
        {
            var lookup = Task.Run(() => Dns.GetHostAddresses(host));
            return lookup.Wait(LookupBudget) ? lookup.Result : [];
        }
        catch (AggregateException)
        {
            // The name has no address now.
            return [];
        }
    }

    private static HashSet<IPAddress> OwnAddresses()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .SelectMany(one => one.GetIPProperties().UnicastAddresses)
                    .Select(one => one.Address),
            ];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
