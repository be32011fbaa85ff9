using System.Net;
using IslGateway.Settings.Reading;

namespace IslGateway.Edge;

/// <summary>What can be told of the listeners' settings without listening.</summary>
internal static class ListenerRules
{
    /// <summary>Reports every one that the server would refuse, or understand otherwise than it was meant.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="contentRoot">The folder from which the server reads relative paths.</param>
    /// <param name="report">Where to.</param>
    public static void Check(IConfiguration configuration, string contentRoot, SettingsReport report)
    {
        var taken = new Dictionary<(string Host, int Port), string>();
        foreach (var listener in configuration.GetSection(Listeners.Section).GetChildren())
        {
            var (key, url) = (Listeners.UrlKey(listener.Key), listener["Url"]);
            if (Parse(url) is not { } address)
            {
                report.Add(key, url, "must be an address to listen at, such as http://localhost:8080");
                continue;
            }

            if (address.Port != 0 && !taken.TryAdd((address.Host, address.Port), key))
                report.Add(key, url, $"is {taken[(address.Host, address.Port)]} already");
            if (listener["Certificate:Path"] is { Length: > 0 } file && !File.Exists(Path.Combine(contentRoot, file)))
                report.Add($"{Listeners.Section}:{listener.Key}:Certificate:Path", file, "is no file");
        }
    }

    /// <summary>
    /// A port that is no number is part of the host to the server, which then listens on every interface, at port 80.
    /// </summary>
    private static bool IsReadable(BindingAddress address) =>
        address.IsUnixPipe || address.IsNamedPipe
        || (address.Port <= IPEndPoint.MaxPort && (address.Host.StartsWith('[') || !address.Host.Contains(':', StringComparison.Ordinal)));

    /// <summary>An address to listen at; null: it is none.</summary>
    public static BindingAddress? Parse(string? url)
    {
        try
        {
            return url is { Length: > 0 } && BindingAddress.Parse(url) is { Scheme: "http" or "https" } address && IsReadable(address)
                ? address
                : null;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
