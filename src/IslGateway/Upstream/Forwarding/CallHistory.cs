using IslGateway.Upstream.Resilience;

namespace IslGateway.Upstream.Forwarding;

/// <summary>What the attempts of one call have come to so far.</summary>
internal sealed class CallHistory
{
    /// <summary>The replicas that it was sent to, one for each time.</summary>
    public List<string> Sends { get; } = new(2);

    /// <summary>Whose call it is, as long as ISL does not know its credential: a 2xx makes it known.</summary>
    public Credential? Stranger { get; set; }

    /// <summary>What they say of the question: the last that says anything.</summary>
    public CallVerdict Question { get; private set; } = CallVerdict.Silent;

    public void Take(UpstreamAnswer answer)
    {
        if (answer is { Failure: UpstreamFailure.None, StatusCode: >= 200 and < 300 }) Stranger = null;
        if (CallVerdicts.OfFill(answer) is var callVerdict && callVerdict != CallVerdict.Silent) Question = callVerdict;
    }
}
