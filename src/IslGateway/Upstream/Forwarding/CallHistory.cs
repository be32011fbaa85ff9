using IslGateway.Upstream.Resilience;

namespace IslGateway.Upstream.Forwarding;

/// <summary>The attempts of one call so far.</summary>
internal sealed class CallHistory
{
    /// <summary>The replicas that it was sent to, in order; repeated if sent there again.</summary>
    public List<string> Sends { get; } = new(2);

    /// <summary>The call's credential while ISL is not known to accept it; null after a 2xx.</summary>
    public Credential? Stranger { get; set; }

    /// <summary>What the attempts say about the question; the last one that says anything counts.</summary>
    public CallVerdict Question { get; private set; } = CallVerdict.Silent;

    public void Take(UpstreamAnswer answer)
    {
        if (answer is { Failure: UpstreamFailure.None, StatusCode: >= 200 and < 300 }) Stranger = null;
        if (CallVerdicts.OfFill(answer) is var callVerdict && callVerdict != CallVerdict.Silent) Question = callVerdict;
    }
}
