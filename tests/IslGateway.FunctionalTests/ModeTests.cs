using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary><c>Cache:Mode</c>: the way to roll the cache out, and back.</summary>
public sealed class ModeTests
{
    [Fact]
    public async Task Off_NothingIsServedOrStored()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:Mode=Off");

        for (var i = 0; i < 2; i++)
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal("IslGateway; fwd=bypass; detail=cache-off", answer.CacheStatus());
        }

        Assert.Equal(2, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Observe_EveryAnswerIsIsls_AndComparedWithTheStoredOne()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:Mode=Observe");

        for (var i = 0; i < 3; i++)
        {
            if (i == 2) isl.State.Degraded = true;
            using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal("IslGateway; fwd=bypass; detail=observed", answer.CacheStatus());
        }

        Assert.Equal(3, isl.State.Calls(Isl.Validate));

        // A caller has its answer before it is compared.
        foreach (var result in new[] { "miss", "equal", "different" })
        {
            await Eventually.TrueAsync(
                async () => (await Exposition.OfAsync(gateway))[
                    $$"""isl_gateway_observed_total{endpoint="{{Isl.Validate}}",result="{{result}}"}"""] == 1,
                TimeSpan.FromSeconds(60), $"one answer is counted as '{result}'");
        }
    }

    [Fact]
    public async Task ServeHealthFromPoll_TheCallerIsAnsweredWithoutAsking()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Isl:ServeHealthFromPoll=true", "Isl:HealthInterval=10m", "Isl:EpochMaxAge=20m");
        var polls = isl.State.HealthCalls;

        using var answer = await gateway.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Contains("detail=memory", answer.CacheStatus(), StringComparison.Ordinal);
        Assert.Contains("cb0a8a533671", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(polls, isl.State.HealthCalls);
    }

    [Theory]
    [InlineData("Cache-Control: no-cache")]
    [InlineData("Cache-Control: max-age=0")]
    [InlineData("Origin: http://localhost:3000")]
    public async Task ServeHealthFromPoll_CallerWhoNeedsIslsOwnAnswer_HasIt(string header)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Isl:ServeHealthFromPoll=true", "Isl:HealthInterval=10m", "Isl:EpochMaxAge=20m");
        var polls = isl.State.HealthCalls;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add(header.Split(": ")[0], header.Split(": ")[1]);

        using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("IslGateway; fwd=bypass; detail=endpoint-not-cached", answer.CacheStatus());
        Assert.Equal(polls + 1, isl.State.HealthCalls);
    }
}
