using System.Globalization;
using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>Answers that cannot be shared: they stream to their end, and those who wait for one take their turns in the queue.</summary>
public sealed class UnsharedAnswerTests
{
    private const string Small = "Cache:MaxEntrySize=64KiB";
    private const int Callers = 20;

    [Theory]
    [InlineData(Isl.Validate, "CausalValidate")]
    [InlineData(Isl.Update, "PreferencesUpdate")]
    public async Task OversizeAnswer_StreamsLongerThanUpstreamTimeout_ToItsEnd(string path, string row)
    {
        const int First = 100_000;
        const int Pieces = 11;
        await using var isl = new ScriptedUpstream(async call =>
        {
            await call.SayAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {First + Pieces}\r\n\r\n");
            await call.SayAsync(new string(' ', First));
            for (var i = 0; i < Pieces; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, call.Ended);
                await call.SayAsync("0");
            }

            return AfterAnswer.Close;
        });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, Small, $"Endpoints:{row}:Timeout=3s", $"Endpoints:{row}:UpstreamTimeout=3s");

        using var answer = await gateway.Client.PostAsync(path, path == Isl.Update ? """{"user_id":"u"}""" : Isl.ValidateBody);

        Assert.Equal(First + Pieces, (await answer.BytesAsync()).Length);
    }

    [Fact]
    public async Task OversizeAnswer_Waiters_QueueLikeFills()
    {
        await using var rig = await Rig.StartAsync(Small, "Limits:MaxConcurrentUpstream=2");
        rig.Sim.Update(knobs => knobs with { BodyPadding = 2_000_000 });
        var answers = await AskAtOnceAsync(rig);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(Callers, rig.Sim.Calls(Isl.Validate));
        Assert.InRange(rig.Sim.ConcurrentMax, 1, 2);
        Assert.Equal(Callers - 1, answers.Count(answer => answer.CacheStatus() == "IslGateway; fwd=bypass; detail=oversize"));
        foreach (var answer in answers) answer.Dispose();

        // So do those who ask while the key is known to be oversize.
        foreach (var answer in await AskAtOnceAsync(rig, hold: false)) answer.Dispose();
        Assert.InRange(rig.Sim.ConcurrentMax, 1, 2);
    }

    [Fact]
    public async Task AnswerThatEchoesElsewhere_Waiters_QueueLikeFillsAndEachHasItsOwn()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=2", "Endpoints:CausalValidate:EchoedId=/nowhere");
        var answers = await AskAtOnceAsync(rig);

        Assert.InRange(rig.Sim.ConcurrentMax, 1, 2);
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(HttpStatusCode.OK, answers[i].StatusCode);
            Assert.Contains($"\"caller-{i}\"", await answers[i].TextAsync(), StringComparison.Ordinal);
            answers[i].Dispose();
        }
    }

    [Fact]
    public async Task AnswerForItsLeaderAlone_Waiters_QueueLikeFills()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=2", "Cache:CredentialScope=Shared");
        for (var i = 0; i < Callers; i++)
            (await rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, $"X-API-Key: key-{i}")).Dispose();
        rig.Sim.Fail(403, path: Isl.Validate);
        var answers = await AskAtOnceAsync(rig, hold: true, withKeys: true);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.InRange(rig.Sim.ConcurrentMax, 1, 2);
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task Waiters_BeyondTheQueue_AreToldToComeAgain()
    {
        await using var rig = await Rig.StartAsync(Small, "Limits:MaxConcurrentUpstream=1", "Limits:MaxQueue=3");
        rig.Sim.Update(knobs => knobs with { BodyPadding = 300_000, Delay = TimeSpan.FromMilliseconds(20) });
        var answers = await AskAtOnceAsync(rig);

        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.OK).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.All(refused, answer => Assert.NotNull(answer.Headers.RetryAfter));
        Assert.InRange(answers.Length - refused.Count, 4, Callers - 1);
        foreach (var answer in answers) answer.Dispose();
    }

    private static async Task<HttpResponseMessage[]> AskAtOnceAsync(Rig rig, bool hold = true, bool withKeys = false)
    {
        if (hold) rig.Sim.Hang(Isl.Validate);
        var asking = Enumerable.Range(0, Callers).Select(i => rig.PostAsync(
            Isl.Validate, Isl.ValidateBody,
            [$"X-Request-Id: caller-{i.ToString(CultureInfo.InvariantCulture)}", .. withKeys
                ? [$"X-API-Key: key-{i}"] : Array.Empty<string>()])).ToArray();
        if (hold)
        {
            await rig.CallsReachAsync(Isl.Validate, 1);
            await rig.HoldsAsync(Callers);
            rig.Sim.ReleaseHang();
        }

        return await Task.WhenAll(asking);
    }
}
