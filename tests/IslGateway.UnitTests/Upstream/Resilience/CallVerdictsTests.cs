using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using IslGateway.Upstream.Resilience;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class CallVerdictsTests
{
    [Theory]
    [InlineData(200, "Healthy")]
    [InlineData(400, "Healthy")]
    [InlineData(401, "Healthy")]
    [InlineData(422, "Healthy")]
    [InlineData(429, "Healthy")]
    [InlineData(500, "Failing")]
    [InlineData(501, "Healthy")]
    [InlineData(502, "Failing")]
    [InlineData(503, "Failing")]
    [InlineData(504, "Failing")]
    public void Status_Always_SaysTheSameOfReplicaAndQuestion(int status, string outcome)
    {
        var answer = IslAnswers.Json("{}", status);
        Assert.Equal((outcome, outcome), (CallVerdicts.OfAttempt(answer).ToString(), CallVerdicts.OfFill(answer).ToString()));
    }

    [Theory]
    [InlineData("Unreachable", "Failing", "Silent")]
    [InlineData("ConnectionEnded", "Failing", "Failing")]
    [InlineData("Truncated", "Failing", "Failing")]
    [InlineData("TimedOut", "Failing", "Failing")]
    [InlineData("Invalid", "Failing", "Failing")]
    [InlineData("OverBudget", "Silent", "Silent")]
    [InlineData("NoReplica", "Silent", "Silent")]
    [InlineData("CircuitOpen", "Silent", "Silent")]
    [InlineData("CoolingDown", "Silent", "Silent")]
    public void Failure_OfTransport_SaysSomethingOfTheQuestionOnlyOnceItWasSent(string failure, string replica, string question)
    {
        var answer = IslAnswers.Failed(Enum.Parse<UpstreamFailure>(failure));
        Assert.Equal((replica, question), (CallVerdicts.OfAttempt(answer).ToString(), CallVerdicts.OfFill(answer).ToString()));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public void RateLimit_AlsoTheMistaken500_IsNoFailure(int status)
    {
        var answer = IslAnswers.Json("{}", status) with { IsRateLimited = true };
        Assert.Equal((CallVerdict.Healthy, CallVerdict.Silent), (CallVerdicts.OfAttempt(answer), CallVerdicts.OfFill(answer)));
    }
}
