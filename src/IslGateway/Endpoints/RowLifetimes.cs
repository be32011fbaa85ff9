using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>
/// The lifetimes that rows give their entries now. Unlike the rest of a row they follow a reload: what is stored lives no longer than its
/// row says at the moment, and what is stored from now on as long.
/// </summary>
internal sealed class RowLifetimes(SettingsMonitor settings)
{
    /// <summary>What a row says now; what it said at start if it is no longer there.</summary>
    public Lifetime Of(EndpointRow row)
    {
        var current = settings.Current;
        return current.Endpoints.TryGetValue(row.Name, out var options) ? Lifetime.Of(options, row.Cache, current.Cache) : row.Lifetime;
    }
}
