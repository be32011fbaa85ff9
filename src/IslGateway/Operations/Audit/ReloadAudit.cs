using IslGateway.Settings;

namespace IslGateway.Operations.Audit;

/// <summary>Writes an audit line for each reload that changes settings, naming them without their values, or is refused.</summary>
internal sealed class ReloadAudit : IHostedService
{
    private const string Action = "reload";
    private const string Watcher = "file watcher";
    private const string Nowhere = "this machine";

    private readonly SettingsMonitor _settings;
    private readonly AuditLog _audit;
    private GatewaySettings _before;

    public ReloadAudit(SettingsMonitor settings, AuditLog audit) =>
        (_settings, _audit, _before) = (settings, audit, settings.Current);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _settings.Changed += Tell;
        _settings.Refused += TellRefused;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _settings.Changed -= Tell;
        _settings.Refused -= TellRefused;
        return Task.CompletedTask;
    }

    private void Tell(GatewaySettings now)
    {
        // A saved file is often reported twice, and may hold other things than the gateway's settings.
        var changed = SettingsComparison.Differing(_before, now);
        _before = now;
        if (changed.Count > 0) _audit.Write(Action, string.Join(", ", changed), "done", Watcher, Nowhere, "none");
    }

    private void TellRefused() => _audit.WriteRefused(Action, "settings", "refused, the old ones hold", Watcher, Nowhere, "none");
}
