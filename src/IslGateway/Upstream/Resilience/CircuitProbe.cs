namespace IslGateway.Upstream.Resilience;

/// <summary>A call that a half-open circuit lets through. Its holder must report how it ended.</summary>
internal sealed class CircuitProbe(string replica, CircuitTrial trial)
{
    private int _ended;

    /// <summary>The replica that the call is for.</summary>
    public string Replica { get; } = replica;

    /// <summary>Reports how the call ended, once. Completes when the circuit has changed accordingly.</summary>
    public Task EndAsync(CallVerdict callVerdict) =>
        Interlocked.Exchange(ref _ended, 1) == 0 ? trial.EndAsync(callVerdict) : Task.CompletedTask;
}
