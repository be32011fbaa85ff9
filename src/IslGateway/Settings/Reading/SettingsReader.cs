namespace IslGateway.Settings.Reading;

/// <summary>Reads configuration into the section classes.</summary>
internal sealed class SettingsReader(IConfiguration configuration, SettingsReport report)
{
    public GatewaySettings Read()
    {
        _ = report;
        return new GatewaySettings { Isl = new IslOptions { BaseUrl = configuration["Isl:BaseUrl"] } };
    }
}
