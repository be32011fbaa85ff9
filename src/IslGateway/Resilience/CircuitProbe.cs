namespace IslGateway.Resilience;

/// <summary>The one call that a half-open circuit lets through. Whoever holds it says how it ended: until then there is no other.</summary>
internal sealed class CircuitProbe(string replica)
{
    private readonly TaskCompletionSource<bool> _verdict = new();

    /// <summary>The replica that the call is for.</summary>
    public string Replica { get; } = replica;

    /// <summary>Ends with whether the circuit opens again.</summary>
    public Task<bool> Verdict => _verdict.Task;

    /// <summary>Ends when the circuit has taken the verdict in.</summary>
    public Task Taken { get; set; } = Task.CompletedTask;

    /// <summary>Says how the call ended. Only the first word counts.</summary>
    public Task EndAsync(Outcome outcome)
    {
        _verdict.TrySetResult(outcome != Outcome.Healthy);
        return Taken;
    }
}
