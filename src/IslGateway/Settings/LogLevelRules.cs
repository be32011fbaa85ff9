using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>The rule for .NET's log levels, which stop a start with no more than an exception.</summary>
internal static class LogLevelRules
{
    private const string Logging = "Logging";
    private const string Levels = "LogLevel";

    public static void Check(ConfigurationView configuration, SettingsReport report)
    {
        foreach (var name in configuration.Children(Logging))
        {
            var section = name.Equals(Levels, StringComparison.OrdinalIgnoreCase) ? $"{Logging}:{name}" : $"{Logging}:{name}:{Levels}";
            foreach (var category in configuration.Children(section))
            {
                if (configuration.Value($"{section}:{category}") is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, true, out _))
                    report.Add($"{section}:{category}", text, $"must be {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
        }
    }
}
