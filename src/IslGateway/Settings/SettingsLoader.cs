using IslGateway.Settings.Reading;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Settings;

/// <summary>Reads and checks every setting: at start, and again whenever the configuration changes.</summary>
/// <param name="configuration">The configuration to read.</param>
/// <param name="isDevelopment">Whether Development's looser rules apply.</param>
/// <param name="checkRows">The rules for endpoint rows, which are known to the endpoint table.</param>
/// <param name="memoryLimit">Bytes that the process may use.</param>
/// <param name="heapLimit">The part of them that the garbage collector takes at most.</param>
internal sealed class SettingsLoader(
    IConfiguration configuration, bool isDevelopment, Action<GatewaySettings, SettingsReport> checkRows,
    long memoryLimit = MemoryPlan.Unlimited, long heapLimit = MemoryPlan.Unlimited)
{
    /// <exception cref="SettingsException">Names every setting that is wrong, all at once.</exception>
    public GatewaySettings Load()
    {
        var report = new SettingsReport();
        var view = new ConfigurationView(configuration);
        var settings = new SettingsReader(view, report).Read();
        foreach (var file in view.Unreadable) report.Add(file.Name, null, $"{file.Fault}; what it said before holds");
        UnknownSettings.Check(view, report);
        LogLevelRules.Check(view, report);
        SettingsRules.Check(settings, isDevelopment, report);
        checkRows(settings, report);
        LoopRules.Check(settings.Isl.BaseUrls, view, report);
        if (!isDevelopment) SettingsRules.CheckMemory(MemoryOf(settings), report);
        report.ThrowIfAny();
        return settings;
    }

    /// <summary>How much memory settings allow the gateway to use.</summary>
    public MemoryPlan MemoryOf(GatewaySettings settings) => MemoryPlan.Of(settings, memoryLimit, heapLimit);

    /// <summary>Calls back at every change of the configuration.</summary>
    public IDisposable OnChange(Action changed) => ChangeToken.OnChange(configuration.GetReloadToken, changed);
}
