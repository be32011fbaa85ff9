using IslGateway.Caching.Filling;
using IslGateway.Resilience;

namespace IslGateway.Forwarding;

/// <summary>What the attempts of one call have come to so far.</summary>
internal sealed class CallHistory
{
    /// <summary>The replicas that it was sent to, one for each time.</summary>
    public List<string> Sends { get; } = new(2);

    /// <summary>What they say of the question: the last that says anything.</summary>
    public Outcome Question { get; private set; } = Outcome.Silent;

    public void Take(UpstreamAnswer answer)
    {
        if (Outcomes.OfFill(answer) is var outcome && outcome != Outcome.Silent) Question = outcome;
    }
}
