using IslGateway.Settings.Reading;

namespace IslGateway.Edge;

/// <summary>What can be told of the listeners' settings without listening.</summary>
internal static class ListenerRules
{
    /// <exception cref="SettingsException">Names every one that the server would refuse.</exception>
    public static void Check(IConfiguration configuration)
    {
        var report = new SettingsReport();
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
            if (listener["Certificate:Path"] is { Length: > 0 } file && !File.Exists(file))
                report.Add($"{Listeners.Section}:{listener.Key}:Certificate:Path", file, "is no file");
        }

        report.ThrowIfAny();
    }

    private static BindingAddress? Parse(string? url)
    {
        try
        {
            return url is { Length: > 0 } && BindingAddress.Parse(url) is { Scheme: "http" or "https" } address ? address : null;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
