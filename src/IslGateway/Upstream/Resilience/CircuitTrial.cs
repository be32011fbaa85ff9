namespace IslGateway.Upstream.Resilience;

/// <summary>What a half-open circuit waits for: the first of its probes that says something decides.</summary>
internal sealed class CircuitTrial
{
    private readonly TaskCompletionSource<bool> _verdict = new();
    private int _underWay;

    /// <summary>Ends with whether the circuit opens again.</summary>
    public Task<bool> Verdict => _verdict.Task;

    /// <summary>Ends when the circuit has taken the verdict in.</summary>
    public Task Taken { get; set; } = Task.CompletedTask;

    /// <summary>One more call that is let through.</summary>
    public CircuitProbe Probe(string replica)
    {
        Interlocked.Increment(ref _underWay);
        return new CircuitProbe(replica, this);
    }

    /// <summary>A probe has ended. One that says nothing decides only when no other is under way: then the circuit opens again.</summary>
    public Task EndAsync(CallVerdict callVerdict)
    {
        var isLast = Interlocked.Decrement(ref _underWay) == 0;
        if (callVerdict == CallVerdict.Silent && !isLast) return Task.CompletedTask;
        _verdict.TrySetResult(callVerdict != CallVerdict.Healthy);
        return Taken;
    }
}
