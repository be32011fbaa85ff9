using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Finds top-level keys that nothing reads but somebody probably meant for the gateway. Their values are not shown.</summary>
internal static class UnknownSettings
{
    // The variable that ISL's own clients read.
    private const string ClientVariable = "ISL_BASE_URL";

    private const string ConnectionStrings = "ConnectionStrings";
    private const string Redis = "Redis";

    // Sections of .NET whose names resemble the gateway's.
    private static readonly string[] Known = ["AllowedHosts", ConnectionStrings, "Kestrel", "Logging", .. SettingsReader.Sections];

    public static void Check(ConfigurationView configuration, SettingsReport report)
    {
        if (configuration.Value(ClientVariable) is { Length: > 0 } && string.IsNullOrWhiteSpace(configuration.Value("Isl:BaseUrl")))
        {
            report.Add(ClientVariable, null, "is not read; did you mean Isl__BaseUrl?");
        }

        foreach (var name in configuration.Children(ConnectionStrings))
        {
            if (!name.Equals(Redis, StringComparison.OrdinalIgnoreCase) && Spelling.Nearest(name, [Redis]) is { } nearest)
            {
                report.Add($"{ConnectionStrings}:{name}", null, $"is not read; did you mean {ConnectionStrings}:{nearest}?");
            }
        }

        foreach (var name in configuration.Children("").Except(Known, StringComparer.OrdinalIgnoreCase))
        {
            // A plain value may be any variable of the machine; only a section can be meant for the gateway.
            if (Spelling.Nearest(name, SettingsReader.Sections) is { } nearest && configuration.Children(name).Count > 0)
            {
                report.Add(name, null, $"is no section; did you mean {nearest}?");
            }
        }
    }
}
