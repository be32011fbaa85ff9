using IslSimulator;

namespace IslGateway.UnitTests.Simulator;

public class LifetimeTests
{
    [Fact]
    public async Task Stop_UnderAHangingCall_EndsSoonAndCutsIt()
    {
        await using var host = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        using var client = new HttpClient { BaseAddress = host.BaseAddress };
        host.State.Hang();
        var hanging = client.GetAsync("/cache/stats", TestContext.Current.CancellationToken);
        while (host.State.TotalCalls == 0) await Task.Yield();
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task Start_OnThePortOfAStoppedOne_Works()
    {
        // Between the two the port is free for every other program: what happens to take it does not take ten.
        for (var attempt = 1; ; attempt++)
        {
            var first = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
            var address = first.BaseAddress.ToString();
            await first.DisposeAsync();
            try
            {
                await using var again = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 }, address);
                Assert.Equal(address, again.BaseAddress.ToString());
                return;
            }
            catch (IOException) when (attempt < 10)
            {
            }
        }
    }

    [Fact]
    public async Task Run_TokenCancelled_Ends()
    {
        using var stop = new CancellationTokenSource();
        var run = SimulatorHost.RunAsync(new SimulatorOptions(), "http://127.0.0.1:0", stop.Token);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Beliefs_Shared_AreSeenByEveryReplica()
    {
        var beliefs = new IslSimulator.Answers.BeliefStore();
        await using var one = await SimulatorFixture.StartAsync(options => options.SharedBeliefs = beliefs);
        await using var other = await SimulatorFixture.StartAsync(options => options.SharedBeliefs = beliefs);
        const string Body = """{"user_id":"u","context":{}}""";
        var before = await other.PostAsync(SimulatorFixture.Elicit, Body, ("X-Request-Id", "x"));
        await one.PostAsync("/api/v1/preferences/update", """{"user_id":"u","query_id":"q","response":{}}""");
        Assert.NotEqual(before.Text, (await other.PostAsync(SimulatorFixture.Elicit, Body, ("X-Request-Id", "x"))).Text);
    }
}
