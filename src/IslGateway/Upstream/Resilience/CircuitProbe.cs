namespace IslGateway.Upstream.Resilience;

/// <summary>A call that a half-open circuit lets through. Whoever holds it says how it ended.</summary>
internal sealed class CircuitProbe(string replica, CircuitTrial trial)
{
    private int _ended;

    /// <summary>The replica that the call is for.</summary>
    public string Replica { get; } = replica;

    /// <summary>Says how the call ended, once. Ends when the circuit has taken that in.</summary>
    public Task EndAsync(CallVerdict callVerdict) =>
        Interlocked.Exchange(ref _ended, 1) == 0 ? trial.EndAsync(callVerdict) : Task.CompletedTask;
}
