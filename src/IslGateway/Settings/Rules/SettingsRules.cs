namespace IslGateway.Settings.Rules;

/// <summary>The rules between settings.</summary>
internal static class SettingsRules
{
    public static void Check(GatewaySettings settings, bool isDevelopment, SettingsReport report)
    {
        if (settings.Isl.BaseUrl is null && !isDevelopment)
        {
            report.Add("Isl:BaseUrl", null, "must be set in Production");
        }
    }
}
