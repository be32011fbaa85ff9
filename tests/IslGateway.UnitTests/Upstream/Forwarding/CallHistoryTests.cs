using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class CallHistoryTests
{
    [Theory]
    [InlineData("ConnectionEnded", "Unreachable", "Failing")]
    [InlineData("Truncated", "CircuitOpen", "Failing")]
    [InlineData("ConnectionEnded", "None", "Healthy")]
    [InlineData("Unreachable", "Unreachable", "Silent")]
    [InlineData("Unreachable", "ConnectionEnded", "Failing")]
    public void Question_AfterTwoAttempts_IsWhatTheLastSaidThatSaidAnything(string first, string second, string question)
    {
        var history = new CallHistory();
        foreach (var failure in (string[])[first, second])
            history.Take(failure == "None" ? IslAnswers.Json("{}") : IslAnswers.Failed(Enum.Parse<UpstreamFailure>(failure)));
        Assert.Equal(question, history.Question.ToString());
    }
}
