namespace IslGateway.Upstream.Forwarding;

/// <summary>The connections to ISL at one moment, health polls' excepted.</summary>
/// <param name="Active">Connections that carry a call.</param>
/// <param name="Idle">Connections that are open and carry none.</param>
/// <param name="Usable">How many may carry a call at once: the pool's and the queue's limit together, over all replicas.</param>
internal readonly record struct PoolReport(long Active, long Idle, int Usable)
{
    /// <summary>The share of the usable connections that carry a call.</summary>
    public double Utilization => (double)Active / Usable;
}
