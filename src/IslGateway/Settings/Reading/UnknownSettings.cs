namespace IslGateway.Settings.Reading;

/// <summary>Keys that nobody reads.</summary>
internal static class UnknownSettings
{
    public static void Check(IConfiguration configuration, SettingsReport report)
    {
        if (configuration["ISL_BASE_URL"] is not null && configuration["Isl:BaseUrl"] is null)
        {
            report.Add("ISL_BASE_URL", null, "is not read; did you mean Isl__BaseUrl?");
        }
    }
}
