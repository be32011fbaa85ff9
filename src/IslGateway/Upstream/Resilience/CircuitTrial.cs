namespace IslGateway.Upstream.Resilience;

/// <summary>The probes of a half-open circuit: the first that says anything about ISL decides.</summary>
internal sealed class CircuitTrial
{
    private readonly TaskCompletionSource<bool> _verdict = new();
    private int _underWay;

    /// <summary>Completes with whether the circuit opens again.</summary>
    public Task<bool> Verdict => _verdict.Task;

    /// <summary>Completes when the circuit has changed accordingly.</summary>
    public Task Taken { get; set; } = Task.CompletedTask;

    /// <summary>Adds a call that is let through.</summary>
    public CircuitProbe Probe(string replica)
    {
        Interlocked.Increment(ref _underWay);
        return new CircuitProbe(replica, this);
    }

    /// <summary>Takes in a probe's end. If it says nothing, and no other probe is running, the circuit opens again.</summary>
    public Task EndAsync(CallVerdict callVerdict)
    {
        var isLast = Interlocked.Decrement(ref _underWay) == 0;
        if (callVerdict == CallVerdict.Silent && !isLast) return Task.CompletedTask;
        _verdict.TrySetResult(callVerdict != CallVerdict.Healthy);
        return Taken;
    }
}
