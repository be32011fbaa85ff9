using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>
/// The current lifetimes of rows. Unlike the rest of a row, these follow a reload: a stored entry lives no longer than its row says now,
/// and new entries are stored with the current lifetime.
/// </summary>
internal sealed class RowLifetimes(SettingsMonitor settings)
{
    /// <summary>A row's current lifetime; the one at start if the row is no longer in the settings.</summary>
    public Lifetime Of(EndpointRow row)
    {
        var current = settings.Current;
        return current.Endpoints.TryGetValue(row.Name, out var options) ? Lifetime.Of(options, row.Cache, current.Cache) : row.Lifetime;
    }
}
