using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Finds top-level keys that nobody reads but somebody meant. Their values are not shown.</summary>
internal static class UnknownSettings
{
    // The variable of ISL's own clients.
    private const string ClientVariable = "ISL_BASE_URL";

    // Sections of .NET that are near enough to ours to be mistaken for a slip.
    private static readonly string[] Known = ["AllowedHosts", "ConnectionStrings", "Kestrel", "Logging", .. SettingsReader.Sections];

    public static void Check(ConfigurationView configuration, SettingsReport report)
    {
        if (configuration.Value(ClientVariable) is { Length: > 0 } && string.IsNullOrWhiteSpace(configuration.Value("Isl:BaseUrl")))
        {
            report.Add(ClientVariable, null, "is not read; did you mean Isl__BaseUrl?");
        }

        foreach (var name in configuration.Children("").Except(Known, StringComparer.OrdinalIgnoreCase))
        {
            // A plain value may be any variable of the machine; only a section can have been meant for us.
            if (Spelling.Nearest(name, SettingsReader.Sections) is { } nearest && configuration.Children(name).Count > 0)
            {
                report.Add(name, null, $"is no section; did you mean {nearest}?");
            }
        }
    }
}
